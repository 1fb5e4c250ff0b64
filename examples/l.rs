use hutong::audit::Auditor;
use hutong::measure::Recorder;
use hutong::model::fact::{Fact, Observer};
use hutong::model::{Model, RunOptions, Watch};
use hutong::units::*;
struct Go;
impl Watch for Go { fn go_on(&mut self, _: Instant, _: u64) -> bool { true } }
struct Silent(u64);
impl Observer for Silent { fn observe(&mut self, _: Instant, _: &Fact) { self.0+=1; } }
struct Both<'a>(Option<&'a mut Recorder>, Option<&'a mut Auditor>);
struct R(Recorder); struct A(Auditor); struct RA(Recorder, Auditor);
impl Observer for RA { #[inline] fn observe(&mut self, at: Instant, f: &Fact) { self.0.observe(at, f); self.1.observe(at, f) } }
fn main(){ 
  let a: Vec<String>=std::env::args().collect();
  let sets: Vec<String> = a[2..].to_vec();
  match hutong::scenario::load(std::path::Path::new(&a[1]), &hutong::scenario::LoadOptions{sets, seed: None}) {
   Ok(l)=>{
     let s=l.scenario; 
     for p in 0..s.policies.len() {
     let p = PolicyId::new(p);
     let m=Model::compile(&s, p);
     for l in m.load() { if l.utilisation>0.0 {eprint!("{}={:.2} ", s.institution(l.institution).name, l.utilisation);} } eprintln!();
     let which = std::env::var("W").unwrap_or("all".into());
     for _ in 0..2 {
     if which=="all"||which=="s" { let mut o=Silent(0); let t=std::time::Instant::now(); let e=hutong::model::run(&m,0,RunOptions::default(),&mut o,&mut Go).unwrap(); let el=t.elapsed(); println!("silent events {} facts {} {:?}  {:.1} ns/event", e.events, o.0, el, el.as_nanos() as f64/e.events as f64); }
     if which=="all"||which=="a" { let mut o=Auditor::new(&s); let t=std::time::Instant::now(); let e=hutong::model::run(&m,0,RunOptions::default(),&mut o,&mut Go).unwrap(); println!("audit {:?}", t.elapsed()); let f=o.finish(e.at); for l in f.laws.iter().filter(|l| l.offence.is_some()) { println!("{} {:?}", l.law, l.offence); }}
     if which=="all"||which=="r" { let mut o=Recorder::new(&s,p,0); let t=std::time::Instant::now(); let e=hutong::model::run(&m,0,RunOptions::default(),&mut o,&mut Go).unwrap(); println!("record {:?}", t.elapsed()); let f=o.finish(e.at,e.events); println!("finish {:?} {:?} {:?}", t.elapsed(), f.tally, f.errors);}
     if which=="all"||which=="b" { let mut o=RA(Recorder::new(&s,p,0), Auditor::new(&s)); let t=std::time::Instant::now(); let e=hutong::model::run(&m,0,RunOptions::default(),&mut o,&mut Go).unwrap(); let el=t.elapsed(); let f=o.0.finish(e.at,e.events); println!("both {:?} payments {} {:.0} ns/payment = {:.0}/s", el, f.payments, el.as_nanos() as f64/f.payments as f64, f.payments as f64/el.as_secs_f64());}
     }}
   }, Err(m)=>println!("{}", m.plain()) } }
