use std::{sync::mpsc, thread, time::Duration};

use super::{JobQueue, Refusal};

#[test]
fn a_queue_without_workers_refuses() {
    let queue = JobQueue::new(1);
    assert_eq!(queue.push("job"), Err(Refusal::NoWorker));
}

#[test]
fn a_full_queue_refuses_until_a_job_is_taken() {
    let queue = JobQueue::new(2);
    queue.join(0);
    assert_eq!(queue.push("first"), Ok(()));
    assert_eq!(queue.push("second"), Ok(()));
    assert_eq!(queue.push("third"), Err(Refusal::Full));
    assert_eq!(queue.next(0), Some("first"));
    assert_eq!(queue.push("fourth"), Ok(()));
    assert_eq!(queue.waiting(), 2);
}

#[test]
fn a_worker_that_left_gets_nothing_while_the_others_go_on() {
    let queue = JobQueue::new(2);
    queue.join(0);
    queue.join(1);
    queue.push("job").unwrap();
    queue.leave(1);
    assert_eq!(queue.next(1), None);
    assert_eq!(queue.next(0), Some("job"));
}

#[test]
fn waiting_jobs_are_dropped_when_the_last_worker_leaves() {
    let queue = JobQueue::new(2);
    queue.join(0);
    let (job, dropped) = mpsc::channel::<()>();
    queue.push(job).unwrap();
    queue.leave(0);
    assert_eq!(queue.waiting(), 0);
    assert_eq!(dropped.try_recv(), Err(mpsc::TryRecvError::Disconnected));
}

#[test]
fn each_job_reaches_one_worker_while_workers_come_and_go() {
    const JOBS: usize = 2_000;
    let queue = JobQueue::new(JOBS);
    let (done, jobs_done) = mpsc::channel();
    queue.join(0);
    thread::scope(|scope| {
        let start = |id| {
            let (done, queue) = (done.clone(), &queue);
            scope.spawn(move || {
                while let Some(job) = queue.next(id) {
                    done.send(job).unwrap();
                }
            });
        };
        start(0);
        for job in 0..JOBS {
            queue.push(job).unwrap();
            if job % 100 == 0 {
                let id = job as u64 + 1;
                queue.join(id);
                start(id);
                if id > 200 {
                    queue.leave(id - 200);
                }
            }
        }
        let seen: Result<Vec<_>, _> = (0..JOBS)
            .map(|_| jobs_done.recv_timeout(Duration::from_secs(30)))
            .collect();
        for id in 0..=JOBS as u64 {
            queue.leave(id);
        }
        let mut seen = seen.unwrap();
        seen.sort_unstable();
        assert_eq!(seen, (0..JOBS).collect::<Vec<_>>());
    });
}
