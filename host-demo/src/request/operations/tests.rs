use super::*;

fn paths<O>(items: &[PathItem<O>]) -> Vec<&'static [Segment]> {
    items.iter().map(|item| item.segments).collect()
}

#[test]
fn each_path_of_an_api_is_declared_once() {
    for paths in [
        paths(INFERENCE),
        paths(MANAGEMENT),
        paths(METRICS),
        paths(PUBLIC),
    ] {
        for (number, path) in paths.iter().enumerate() {
            assert!(!paths[..number].contains(path), "{path:?}");
        }
    }
}

#[test]
fn each_method_of_a_path_is_declared_once() {
    for item in MANAGEMENT {
        for (number, one) in item.operations.iter().enumerate() {
            let before = &item.operations[..number];
            assert!(!before.iter().any(|other| other.method == one.method));
        }
    }
}

#[test]
fn allow_lists_the_methods_of_a_path_in_the_order_of_the_table() {
    assert_eq!(MANAGEMENT[0].allow(), "GET, HEAD, POST");
    assert_eq!(MANAGEMENT[1].allow(), "GET, HEAD, PUT, DELETE");
}

#[test]
fn head_is_the_operation_of_get_and_of_nothing_else() {
    let of = |item: &PathItem<ManagementOperation>| item.operation(&Method::HEAD).map(|one| one.id);
    for item in MANAGEMENT {
        let get = item.operation(&Method::GET).map(|one| one.id);
        assert_eq!(of(item), get, "{:?}", item.segments);
    }
    assert_eq!(of(&MANAGEMENT[0]), Some(ManagementOperation::ListModels));
}

#[test]
fn the_first_segments_of_an_api_are_built_in() {
    assert!(is_built_in(EndpointType::INFERENCE, "predictions"));
    assert!(is_built_in(EndpointType::MANAGEMENT, "plugins"));
    assert!(is_built_in(EndpointType::METRIC, "ping"));
    assert!(!is_built_in(EndpointType::INFERENCE, "models"));
    assert!(!is_built_in(EndpointType::MANAGEMENT, "token"));
}

#[test]
fn no_path_has_more_segments_than_a_route_compares() {
    for paths in [
        paths(INFERENCE),
        paths(MANAGEMENT),
        paths(METRICS),
        paths(PUBLIC),
    ] {
        assert!(paths.iter().all(|path| path.len() <= SEGMENTS_MAX));
    }
}
