//! A model file takes no more of the server than its limits.

use std::{
    path::Path,
    process::{self, Command, Stdio},
    thread,
    time::Instant,
};

use integration_tests::{
    Artifacts, Host, HostBuilder, Listener, OnnxGraph, Response, eventually, get, post, write_file,
};
use serde_json::json;
use tempfile::TempDir;

const FLOAT: u64 = 1;
const INT64: u64 = 7;
const BOOL: u64 = 9;

/// A store with these models.
fn store(models: &[(&str, &OnnxGraph)]) -> TempDir {
    let folder = TempDir::new().expect("a folder");
    for (name, graph) in models {
        write_file(&folder.path().join(format!("{name}.onnx")), &graph.file());
    }
    folder
}

fn host_of(store: &Path) -> HostBuilder {
    Host::builder().argument("--model-store").argument(store)
}

fn register(host: &Host, name: &str) -> Response {
    host.management(&post(&format!("/models?url={name}.onnx&initial_workers=1")))
}

#[track_caller]
fn assert_refused(host: &Host, name: &str, reason: &str, setting: &str) {
    let refused = register(host, name);
    assert_eq!(refused.status, 400, "{refused:?}");
    let answer = refused.json();
    let message = answer["message"].as_str().unwrap_or_default();
    assert!(message.contains(reason), "{refused:?}");
    let counted = format!("host_demo_limit_refusals_total{{limit=\"{setting}\"}} 1");
    let metrics = host.metrics(&get("/metrics"));
    assert!(metrics.text().contains(&counted), "{}", metrics.text());
}

/// `x` of any length, and `y`.
fn graph() -> OnnxGraph {
    OnnxGraph::default()
        .input("x", FLOAT, &[-1])
        .output("y", FLOAT, &[-1])
}

/// A graph that does what its input says and computes something else beside it.
fn beside(operators: impl FnOnce(OnnxGraph) -> OnnxGraph) -> OnnxGraph {
    operators(graph().operator("Neg", &["x"], &["y"], &[]))
}

/// Loops over a body that changes nothing, as long as the condition holds.
fn endless() -> OnnxGraph {
    let body = OnnxGraph::default()
        .input("step", INT64, &[])
        .input("goes_on", BOOL, &[])
        .input("value", FLOAT, &[1])
        .operator("Identity", &["goes_on"], &["goes_on_then"], &[])
        .operator("Neg", &["value"], &["value_then"], &[])
        .output("goes_on_then", BOOL, &[])
        .output("value_then", FLOAT, &[1]);
    graph()
        .integer("steps", i64::from(i32::MAX))
        .boolean("yes", true)
        .floats("one", &[1], &1_f32.to_le_bytes())
        .operator(
            "Loop",
            &["steps", "yes", "one"],
            &["last"],
            &[body.attribute("body")],
        )
        .operator("Add", &["x", "last"], &["y"], &[])
}

/// Loading and planning are recursive; the first prediction plans on the worker.
#[test]
fn eight_thousand_operators_in_a_row_are_loaded_and_run() {
    let store = store(&[("chain", &graph().chain("Neg", 8000))]);
    let host = host_of(store.path()).start();

    let registered = register(&host, "chain");
    assert_eq!(registered.status, 200, "{registered:?}");
    let body = json!({"inputs": [
        {"name": "x", "datatype": "FP32", "shape": [1], "data": [3.0]},
    ]});
    let answer = host.inference(&post("/predictions/chain").body(body.to_string()));
    assert_eq!(
        answer.json()["outputs"][0]["data"],
        json!([3.0]),
        "{answer:?}"
    );
    let gone = host.management(&integration_tests::delete("/models/chain"));
    assert_eq!(gone.status, 200, "{gone:?}");
}

#[test]
fn a_hundred_thousand_operators_in_a_row_are_refused() {
    let store = store(&[("chain", &graph().chain("Neg", 100_000))]);
    let host = host_of(store.path()).start();
    assert_refused(
        &host,
        "chain",
        "more operators than model_operators_max, 20000",
        "model_operators_max",
    );
}

/// A body is planned on a thread of rten, whose stack is small.
#[test]
fn a_long_chain_in_the_body_of_a_loop_is_refused() {
    let body = OnnxGraph::default()
        .input("step", INT64, &[])
        .input("goes_on", BOOL, &[])
        .input("x", FLOAT, &[1])
        .chain("Neg", 8000)
        .output("goes_on", BOOL, &[])
        .output("y", FLOAT, &[1]);
    let model = graph().integer("steps", 2).boolean("yes", true).operator(
        "Loop",
        &["steps", "yes", "x"],
        &["y"],
        &[body.attribute("body")],
    );
    let store = store(&[("body", &model)]);
    let host = host_of(store.path()).start();
    assert_refused(
        &host,
        "body",
        "8000 operators of a subgraph depend on each other in a row",
        "model_operators_max",
    );
}

/// Also where the system leaves the server little memory: it would abort.
#[test]
fn a_small_file_with_a_huge_tensor_is_refused_by_what_it_declares() {
    let huge = beside(|graph| graph.floats("weights", &[1 << 20, 1 << 20], &[0; 4]));
    let store = store(&[("huge", &huge)]);
    let host = host_of(store.path()).prelude("ulimit -v 1500000").start();
    assert_refused(
        &host,
        "huge",
        "the tensor \"weights\" would have 4398046511104 bytes",
        "model_bytes_max",
    );
}

/// It is computed when it is loaded.
#[test]
fn a_small_file_that_computes_a_huge_tensor_is_refused_and_the_server_lives() {
    let huge = graph()
        .integers("shape", &[1 << 20, 1 << 20])
        .operator("ConstantOfShape", &["shape"], &["zeros"], &[])
        .operator("ReduceSum", &["zeros"], &["sum"], &[])
        .operator("Add", &["x", "sum"], &["y"], &[]);
    let store = store(&[("huge", &huge), ("small", &graph().chain("Neg", 1))]);
    for prelude in ["", "ulimit -v 1500000"] {
        let host = host_of(store.path()).prelude(prelude).start();
        assert_refused(
            &host,
            "huge",
            "loading it takes more memory than",
            "model_bytes_max",
        );
        assert_eq!(register(&host, "small").status, 200);
    }
}

/// The name can be used again at once, and other models are changed meanwhile.
#[test]
fn a_model_that_loops_for_ever_is_given_up_and_blocks_no_other() {
    let store = store(&[("endless", &endless()), ("small", &graph().chain("Neg", 1))]);
    let host = host_of(store.path())
        .property("model_load_timeout_sec", "20")
        .start();

    let begin = Instant::now();
    thread::scope(|scope| {
        let endless = scope.spawn(|| register(&host, "endless"));
        let small = register(&host, "small");
        assert_eq!(small.status, 200, "{small:?}");
        let gone = host.management(&integration_tests::delete("/models/small"));
        assert_eq!(gone.status, 200, "{gone:?}");
        assert!(!endless.is_finished(), "after {:?}", begin.elapsed());
        let refused = endless.join().expect("a response");
        assert_eq!(refused.status, 400, "{refused:?}");
        let reason = "loading it takes longer than model_load_timeout_sec, 20 s";
        assert!(refused.text().contains(reason), "{refused:?}");
    });
    std::fs::copy(
        store.path().join("small.onnx"),
        store.path().join("endless.onnx"),
    )
    .expect("a copy");
    assert_eq!(register(&host, "endless").status, 200);
    let counted = "host_demo_limit_refusals_total{limit=\"model_load_timeout_sec\"} 1";
    let metrics = host.metrics(&get("/metrics"));
    assert!(metrics.text().contains(counted), "{}", metrics.text());
}

/// Loading it takes longer than the test.
#[test]
fn the_process_that_tries_a_model_does_not_get_the_variables_of_the_server() {
    let store = store(&[("endless", &endless())]);
    let host = host_of(store.path())
        .variable("SECRET_OF_ANOTHER", "hunter2")
        .start();
    let mut connection = host.connect(Listener::Management);
    connection.send(&post("/models?url=endless.onnx&initial_workers=1").to_bytes());

    let argument = format!("\0--server-id={}\0", host.pid().as_raw_nonzero());
    let variables = eventually("the process", || {
        let mut processes = std::fs::read_dir("/proc").expect("the processes").flatten();
        processes.find_map(|process| {
            let line = std::fs::read(process.path().join("cmdline")).ok()?;
            let is_the_one = String::from_utf8_lossy(&line).contains(&argument);
            let read = || std::fs::read(process.path().join("environ")).ok();
            is_the_one.then(read).flatten()
        })
    });

    let variables = String::from_utf8_lossy(&variables).into_owned();
    assert!(variables.contains("RTEN_NUM_THREADS=1"), "{variables}");
    assert!(!variables.contains("hunter2"), "{variables}");
}

/// The scores of all queries and documents would take 160 GB: no memory for them is asked for.
#[test]
fn a_request_for_which_a_model_would_compute_a_huge_value_is_400() {
    let host = super::host_with("models/similarity", "similarity.onnx").start();
    let count = 200_000;
    let rows = json!(vec![1; count]);
    let body = json!({"inputs": [
        {"name": "queries", "datatype": "FP32", "shape": [count, 1], "data": rows},
        {"name": "documents", "datatype": "FP32", "shape": [count, 1], "data": rows},
        {"name": "allowed", "datatype": "BOOL", "shape": [count], "data": vec![true; count]},
    ]});

    let refused = host.inference(&post("/predictions/similarity").body(body.to_string()));
    assert_eq!(refused.status, 400, "{refused:?}");
    let reason = "would have 160000000000 bytes: model_bytes_max is 1073741824";
    assert!(refused.text().contains(reason), "{refused:?}");
    let counted = "host_demo_limit_refusals_total{limit=\"model_bytes_max\"} 1";
    let metrics = host.metrics(&get("/metrics"));
    assert!(metrics.text().contains(counted), "{}", metrics.text());
}

/// As many as there are threads that compute: none is taken from another model.
#[test]
fn predictions_that_never_end_take_no_thread_of_another_model() {
    let slow = integration_tests::repository().join("tests/fixtures/models/slow.onnx");
    let store = store(&[("small", &graph().chain("Neg", 1))]);
    std::fs::copy(slow, store.path().join("slow.onnx")).expect("a copy");
    let host = host_of(store.path())
        .argument("--models")
        .argument("all")
        .property("default_workers_per_model", "4")
        .property("default_response_timeout", "1")
        .start();
    let endless = json!({"inputs": [
        {"name": "steps", "datatype": "INT64", "shape": [], "data": [i32::MAX]},
    ]});
    for _ in 0..4 {
        let late = host.inference(&post("/predictions/slow").body(endless.to_string()));
        assert_eq!(late.status, 500, "{late:?}");
    }

    let body = json!({"inputs": [
        {"name": "x", "datatype": "FP32", "shape": [1], "data": [3.0]},
    ]});
    let answer = host.inference(&post("/predictions/small").body(body.to_string()));
    assert_eq!(
        answer.json()["outputs"][0]["data"],
        json!([-3.0]),
        "{answer:?}"
    );
    assert_eq!(register_again(&host).status, 200);
}

/// Another version of the model whose workers are all busy.
fn register_again(host: &Host) -> Response {
    host.management(&post(
        "/models?url=slow.onnx&model_name=slow&model_version=2.0&initial_workers=1",
    ))
}

/// Whether a model is tried, which is no model, for the server with this process id.
fn is_tried(server_id: u32) -> bool {
    let status = Command::new(Artifacts::of_the_tests().host())
        .arg("try-model")
        .arg(format!("--server-id={server_id}"))
        .args(["--operators-max=100", "--bytes-max=1000000"])
        .stdin(Stdio::null())
        .status();
    status.expect("the host starts").success()
}

/// The kernel ends the process only with a server that lives when it begins.
#[test]
fn no_model_is_tried_for_a_server_that_has_ended() {
    assert!(is_tried(process::id()));
    let init = 1;
    assert!(!is_tried(init));
}
