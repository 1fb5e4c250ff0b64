//! Mistakes: what a user wrote, where, what was expected, and what to type instead.

use annotate_snippets::{
    Annotation, AnnotationKind, Group, Level, Patch as Change, Renderer, Snippet,
};

use super::de::SUPPLIED;
use super::source::{Place, Sources};

/// One mistake in a scenario.
#[derive(Clone, Debug)]
pub struct Mistake {
    /// Stable code, such as `scenario::unknown-key`.
    pub code: &'static str,
    /// What is wrong, in one sentence.
    pub message: String,
    /// Where; none for a file that cannot be read.
    pub primary: Option<(Place, String)>,
    /// Another place that belongs to it.
    pub secondary: Option<(Place, String)>,
    /// What to do about it.
    pub help: Option<String>,
    /// What to type instead at the primary place.
    pub patch: Option<String>,
}

impl Mistake {
    /// A mistake at a place.
    pub fn at(code: &'static str, place: Place, message: impl Into<String>) -> Self {
        let primary = Some((place, String::new()));
        Self { primary, ..Self::nowhere(code, message) }
    }

    /// A mistake without a place in any text.
    pub fn nowhere(code: &'static str, message: impl Into<String>) -> Self {
        let message = message.into();
        Self { code, message, primary: None, secondary: None, help: None, patch: None }
    }

    /// Words beside the caret.
    #[must_use]
    pub fn label(mut self, label: impl Into<String>) -> Self {
        if let Some(primary) = &mut self.primary {
            primary.1 = label.into();
        }
        self
    }

    /// A second place, with words beside it.
    #[must_use]
    pub fn also(mut self, place: Place, label: impl Into<String>) -> Self {
        self.secondary = Some((place, label.into()));
        self
    }

    /// What to do about it.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// What to type instead at the primary place; none leaves the mistake as it is.
    #[must_use]
    pub fn instead(mut self, patch: Option<String>) -> Self {
        self.patch = patch;
        self
    }
}

/// A longer list is not read.
const MOST_SHOWN: usize = 100;

/// Every mistake of one scenario, in order of place, with the texts they speak of.
#[derive(Clone, Debug)]
pub struct Mistakes {
    /// The mistakes; never empty.
    pub list: Vec<Mistake>,
    sources: Sources,
}

impl Mistakes {
    /// Sorts the mistakes by place and drops those said twice.
    pub(super) fn new(mut list: Vec<Mistake>, sources: Sources) -> Self {
        let place = |mistake: &Mistake| mistake.primary.as_ref().map(|primary| primary.0);
        list.sort_by(|a, b| (place(a), &a.message).cmp(&(place(b), &b.message)));
        list.dedup_by(|a, b| place(a) == place(b) && a.message == b.message);
        // A supplied value is only wrong where what it was made from is.
        let written = |mistake: &Mistake| place(mistake) != Some(SUPPLIED);
        if list.iter().any(written) {
            list.retain(written);
        }
        Self { list, sources }
    }

    /// All mistakes as plain text, for tests and files.
    pub fn plain(&self) -> String {
        self.render(&Renderer::plain())
    }

    /// All mistakes with colour, for terminals.
    pub fn coloured(&self) -> String {
        self.render(&Renderer::styled())
    }

    /// `file:line:column` of a mistake, where it has a place.
    pub fn location(&self, mistake: &Mistake) -> Option<String> {
        let (place, _) = mistake.primary.as_ref()?;
        let (line, column) = self.sources.line_column(*place);
        Some(format!("{}:{line}:{column}", self.sources.get(place.source).name))
    }

    fn render(&self, renderer: &Renderer) -> String {
        let shown = self.list.iter().take(MOST_SHOWN);
        let blocks: Vec<String> = shown.map(|mistake| self.render_one(mistake, renderer)).collect();
        let total = match self.list.len() {
            1 => "1 mistake".to_owned(),
            count @ ..=MOST_SHOWN => format!("{count} mistakes"),
            count => format!("{count} mistakes, the first {MOST_SHOWN} shown"),
        };
        format!("{}\n\n{total}\n", blocks.join("\n\n"))
    }

    fn render_one(&self, mistake: &Mistake, renderer: &Renderer) -> String {
        let title = Level::ERROR.primary_title(mistake.message.as_str()).id(mistake.code);
        let mut group = Group::with_title(title);
        for snippet in self.snippets(mistake) {
            group = group.element(snippet);
        }
        let Some(help) = &mistake.help else {
            return self.with_patch(mistake, vec![group], renderer);
        };
        if mistake.patch.is_some() {
            return self.with_patch(mistake, vec![group], renderer);
        }
        renderer.render(&[group.element(Level::HELP.message(help.as_str()))])
    }

    fn with_patch<'a>(
        &'a self,
        mistake: &'a Mistake,
        mut groups: Vec<Group<'a>>,
        renderer: &Renderer,
    ) -> String {
        if let (Some(patch), Some((place, _))) = (&mistake.patch, &mistake.primary) {
            let source = self.sources.get(place.source);
            let title = mistake.help.as_deref().unwrap_or("write this instead");
            let change = Change::new(self.clamp(*place), patch.as_str());
            let snippet =
                Snippet::source(source.text.as_str()).path(source.name.as_str()).patch(change);
            groups.push(Group::with_title(Level::HELP.secondary_title(title)).element(snippet));
        }
        renderer.render(&groups)
    }

    fn snippets<'a>(&'a self, mistake: &'a Mistake) -> Vec<Snippet<'a, Annotation<'a>>> {
        let mut snippets = Vec::new();
        let Some((place, label)) = &mistake.primary else { return snippets };
        let source = self.sources.get(place.source);
        let first = AnnotationKind::Primary.span(self.clamp(*place)).label(label.as_str());
        let mut snippet =
            Snippet::source(source.text.as_str()).path(source.name.as_str()).annotation(first);
        if let Some((other, words)) = &mistake.secondary {
            let second = AnnotationKind::Context.span(self.clamp(*other)).label(words.as_str());
            if other.source == place.source {
                snippet = snippet.annotation(second);
            } else {
                let source = self.sources.get(other.source);
                let apart = Snippet::source(source.text.as_str()).path(source.name.as_str());
                snippets.push(apart.annotation(second));
            }
        }
        snippets.insert(0, snippet);
        snippets
    }

    /// A range inside the text that begins and ends between characters.
    fn clamp(&self, place: Place) -> std::ops::Range<usize> {
        let text = &self.sources.get(place.source).text;
        let mut start = place.start.min(text.len());
        while !text.is_char_boundary(start) {
            start -= 1;
        }
        let mut end = place.end.clamp(start, text.len());
        while !text.is_char_boundary(end) {
            end += 1;
        }
        start..end
    }
}

impl std::fmt::Display for Mistakes {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(&self.plain())
    }
}

impl std::error::Error for Mistakes {}

/// The word most like `word`, if it is alike enough to be meant.
pub(super) fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    const ALIKE: f64 = 0.8;
    /// A whole part of a name, such as `issuer` of `code-issuer`, is meant by it.
    const PART: f64 = 0.9;
    let folded = word.to_lowercase().replace('_', "-");
    let likeness = |name: &&str| {
        let name = name.to_lowercase().replace('_', "-");
        let part = if name.split('-').any(|part| part == folded) { PART } else { 0.0 };
        strsim::jaro_winkler(&folded, &name).max(part)
    };
    let scored = known.into_iter().map(|name| (likeness(&name), name));
    let alike = scored.filter(|(score, _)| *score >= ALIKE);
    alike.max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(a.1))).map(|(_, name)| name)
}
