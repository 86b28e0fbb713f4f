//! Runs steps as soon as those that they wait for are done, the one with the longest way to the end
//! first. Nothing waits for a wave to end.

use super::Stop;
use super::graph::Graph;
use futures::future::BoxFuture;
use futures::stream::{FuturesUnordered, StreamExt};
use std::collections::{BTreeSet, BinaryHeap};
use tokio::sync::watch;

/// What came of starting a step.
pub(crate) enum Started<'a, T> {
    /// It was done on the spot; `false` when it failed.
    Done(bool),
    /// It takes its time.
    Running(BoxFuture<'a, T>),
}

/// Does the steps.
pub(crate) trait Work<'a> {
    /// What a step that took its time gives.
    type Output;
    /// Starts a step. All that it waits for is done.
    fn start(&mut self, step: usize) -> Started<'a, Self::Output>;
    /// A step that took its time has ended; `false` when it failed.
    fn done(&mut self, step: usize, output: Self::Output) -> bool;
    /// A step will not be started, because this other one failed.
    fn skip(&mut self, step: usize, because: usize);
}

/// What was not done, though nothing before it failed.
#[derive(Debug, Default)]
pub(crate) struct Left {
    /// Never started.
    pub waiting: Vec<usize>,
    /// Started and dropped.
    pub interrupted: Vec<usize>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Waiting,
    Running,
    Done,
    Skipped,
}

/// Runs all steps of a graph, so many at a time.
pub(crate) async fn run<'a, W: Work<'a>>(graph: &Graph, parallelism: usize, mut stop: watch::Receiver<Stop>, work: &mut W) -> Left {
    let parallelism = parallelism.max(1);
    let mut states = vec![State::Waiting; graph.steps.len()];
    let mut waits: Vec<usize> = graph.first.iter().map(Vec::len).collect();
    let mut ready: BinaryHeap<_> = BinaryHeap::new();
    let entry = |step: usize| (graph.remaining.get(step).copied().unwrap_or_default(), std::cmp::Reverse(step));
    ready.extend(waits.iter().enumerate().filter(|(_, w)| **w == 0).map(|(s, _)| entry(s)));
    let mut running = FuturesUnordered::new();
    let mut listening = true;
    loop {
        let asked = *stop.borrow();
        if asked == Stop::Abort {
            break;
        }
        // Steps that are done on the spot take no place among those that run.
        while asked == Stop::Run && running.len() < parallelism {
            let Some((_, std::cmp::Reverse(step))) = ready.pop() else { break };
            if states.get(step) != Some(&State::Waiting) {
                continue;
            }
            match work.start(step) {
                Started::Done(good) => settle(graph, work, &mut states, &mut waits, step, good, |s| ready.push(entry(s))),
                Started::Running(future) => {
                    set(&mut states, step, State::Running);
                    running.push(async move { (step, future.await) });
                }
            }
        }
        if running.is_empty() {
            break;
        }
        tokio::select! {
            ended = running.next() => {
                if let Some((step, output)) = ended {
                    let good = work.done(step, output);
                    settle(graph, work, &mut states, &mut waits, step, good, |s| ready.push(entry(s)));
                }
            }
            changed = stop.changed(), if listening => listening = changed.is_ok(),
        }
    }
    let of = |state| states.iter().enumerate().filter(|(_, s)| **s == state).map(|(i, _)| i).collect();
    Left { waiting: of(State::Waiting), interrupted: of(State::Running) }
}

fn set(states: &mut [State], step: usize, state: State) {
    if let Some(s) = states.get_mut(step) {
        *s = state;
    }
}

fn settle<'a, W: Work<'a>>(
    graph: &Graph,
    work: &mut W,
    states: &mut [State],
    waits: &mut [usize],
    step: usize,
    good: bool,
    mut ready: impl FnMut(usize),
) {
    set(states, step, State::Done);
    if good {
        for next in graph.then.get(step).into_iter().flatten() {
            if let Some(w) = waits.get_mut(*next) {
                *w = w.saturating_sub(1);
                if *w == 0 && states.get(*next) == Some(&State::Waiting) {
                    ready(*next);
                }
            }
        }
        return;
    }
    let mut todo: BTreeSet<usize> = graph.then.get(step).into_iter().flatten().copied().collect();
    while let Some(next) = todo.pop_first() {
        if states.get(next) == Some(&State::Waiting) {
            set(states, next, State::Skipped);
            work.skip(next, step);
            todo.extend(graph.then.get(next).into_iter().flatten());
        }
    }
}
