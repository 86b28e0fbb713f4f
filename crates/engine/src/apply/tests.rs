//! The scheduler by itself.

use super::graph::{Graph, Step, Task};
use super::scheduler::{Left, Started, Work, run};
use super::*;
use proptest::prelude::*;

struct Recorder {
    graph: Graph,
    started: Vec<usize>,
    finished: HashSet<usize>,
    skipped: Vec<usize>,
    running: usize,
    most: usize,
    failing: HashSet<usize>,
}

impl<'a> Work<'a> for Recorder {
    type Output = ();
    fn start(&mut self, step: usize) -> Started<'a, ()> {
        for first in &self.graph.first[step] {
            assert!(self.finished.contains(first), "{step} started before {first} was done");
        }
        self.started.push(step);
        if step.is_multiple_of(5) {
            let good = !self.failing.contains(&step);
            if good {
                self.finished.insert(step);
            }
            return Started::Done(good);
        }
        self.running += 1;
        self.most = self.most.max(self.running);
        Started::Running(Box::pin(async move {
            for _ in 0..step % 3 {
                tokio::task::yield_now().await;
            }
        }))
    }
    fn done(&mut self, step: usize, (): ()) -> bool {
        self.running -= 1;
        let good = !self.failing.contains(&step);
        if good {
            self.finished.insert(step);
        }
        good
    }
    fn skip(&mut self, step: usize, because: usize) {
        assert!(self.failing.contains(&because));
        self.skipped.push(step);
    }
}

fn graph(steps: usize, edges: &[(usize, usize)]) -> Graph {
    let step = Step { task: Task::Nothing, address: Address::root("t", "x", cairn_model::Key::None), weight: Duration::from_secs(1) };
    let mut graph =
        Graph { steps: vec![step; steps], then: vec![vec![]; steps], first: vec![vec![]; steps], remaining: vec![Duration::ZERO; steps] };
    for (a, b) in edges {
        let (a, b) = (a % steps, b % steps);
        let (a, b) = (a.min(b), a.max(b));
        if a != b && !graph.then[a].contains(&b) {
            graph.then[a].push(b);
            graph.first[b].push(a);
        }
    }
    for s in (0..steps).rev() {
        graph.remaining[s] = Duration::from_secs(1) + graph.then[s].iter().map(|t| graph.remaining[*t]).max().unwrap_or_default();
    }
    graph
}

fn recorder(graph: Graph, failing: &[usize]) -> Recorder {
    let failing = failing.iter().map(|f| f % graph.steps.len()).collect();
    Recorder { graph, started: vec![], finished: HashSet::new(), skipped: vec![], running: 0, most: 0, failing }
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

proptest! {
    #[test]
    fn no_step_starts_before_what_it_waits_for(
        steps in 1usize..40,
        edges in proptest::collection::vec((0usize..40, 0usize..40), 0..80),
        failing in proptest::collection::vec(0usize..40, 0..3),
        parallelism in 1usize..6,
    ) {
        let graph = graph(steps, &edges);
        let mut work = recorder(graph.clone(), &failing);
        let (_stop, stop) = watch::channel(Stop::Run);
        let left: Left = block_on(run(&graph, parallelism, stop, &mut work));
        prop_assert!(left.waiting.is_empty() && left.interrupted.is_empty());
        prop_assert!(work.most <= parallelism);
        let mut all: Vec<usize> = work.started.iter().chain(&work.skipped).copied().collect();
        all.sort();
        prop_assert_eq!(all, (0..steps).collect::<Vec<_>>(), "each is started once or skipped once");
    }
}

#[test]
fn the_longest_way_goes_first() {
    let graph = graph(6, &[(1, 4), (4, 5)]);
    let mut work = recorder(graph.clone(), &[]);
    let (_stop, stop) = watch::channel(Stop::Run);
    block_on(run(&graph, 1, stop, &mut work));
    assert_eq!(work.started.first(), Some(&1));
}

#[test]
fn a_stop_starts_nothing_new() {
    let graph = graph(6, &[(0, 1), (1, 2)]);
    let mut work = recorder(graph.clone(), &[]);
    let (stop, listen) = watch::channel(Stop::Run);
    stop.send(Stop::Drain).unwrap();
    let left = block_on(run(&graph, 2, listen, &mut work));
    assert_eq!((work.started.len(), left.waiting.len()), (0, 6));
}
