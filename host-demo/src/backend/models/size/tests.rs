use super::*;

/// A field with a length, of less than 128 bytes.
fn field(number: u8, content: &[u8]) -> Vec<u8> {
    let length = u8::try_from(content.len()).unwrap();
    assert!(length < 0x80);
    [&[number << 3 | 2, length], content].concat()
}

fn number(field: u8, value: u8) -> Vec<u8> {
    vec![field << 3, value]
}

fn model(graph: &[u8]) -> Vec<u8> {
    field(7, graph)
}

fn operator(input: &str, output: &str) -> Vec<u8> {
    let node = [field(1, input.as_bytes()), field(2, output.as_bytes())].concat();
    field(1, &node)
}

fn read(graph: &[u8], limits: ModelLimits) -> Result<usize, String> {
    match GraphSize::read(&model(graph), &limits) {
        Ok(size) => Ok(size.chain),
        Err(SizeError::Limit(error)) => Err(error.to_string()),
        Err(SizeError::Wire(error)) => panic!("{error}"),
    }
}

fn small() -> ModelLimits {
    ModelLimits {
        operators_max: 2,
        bytes_max: 40,
        ..ModelLimits::default()
    }
}

#[test]
fn the_stack_grows_with_the_chain() {
    let graph = [operator("x", "a"), operator("a", "y")].concat();
    assert_eq!(read(&graph, ModelLimits::default()), Ok(2));
    let size = GraphSize { chain: 20_000 };
    assert!(size.stack_bytes() > 20_000 * 1_400);
    assert_eq!(GraphSize::default().stack_bytes(), STACK_BYTES);
}

#[test]
fn operators_are_counted_with_those_of_subgraphs() {
    let graph = [operator("x", "a"), operator("a", "y")].concat();
    assert_eq!(read(&graph, small()), Ok(2));
    let body = operator("a", "b");
    let with_body = field(1, &field(5, &field(6, &body)));
    let error = read(&[graph, with_body].concat(), small()).unwrap_err();
    assert_eq!(error, "it has more operators than model_operators_max, 2");
}

#[test]
fn what_a_body_uses_is_a_dependency_of_its_operator() {
    let body = operator("a", "b");
    let node = [field(5, &field(6, &body)), field(2, b"y")].concat();
    let graph = [operator("x", "a"), field(1, &node)].concat();
    assert_eq!(read(&graph, ModelLimits::default()), Ok(2));
}

#[test]
fn weights_are_limited_each_and_together() {
    let weight = |lengths: &[u8], data_type: u8| {
        let tensor = [field(1, lengths), number(2, data_type), field(8, b"w")].concat();
        field(5, &tensor)
    };
    assert_eq!(read(&weight(&[2, 5], 1), small()), Ok(0));
    assert_eq!(read(&weight(&[40], 2), small()), Ok(0));
    let error = read(&weight(&[11], 1), small()).unwrap_err();
    assert_eq!(
        error,
        "the tensor \"w\" would have 44 bytes: model_bytes_max is 40"
    );
    let two = [weight(&[6], 1), weight(&[5], 1)].concat();
    let error = read(&two, small()).unwrap_err();
    assert_eq!(
        error,
        "the weights would have 44 bytes: model_bytes_max is 40"
    );
}

#[test]
fn a_product_that_no_number_holds_is_over_every_limit() {
    let length = [&[8][..], &[0xff; 9], &[1]].concat();
    let tensor = field(5, &[length.clone(), length].concat());
    let limits = ModelLimits {
        bytes_max: u64::MAX - 1,
        ..ModelLimits::default()
    };
    let error = read(&tensor, limits).unwrap_err();
    assert!(error.contains("18446744073709551615 bytes"), "{error}");
}

#[test]
fn a_declared_value_is_limited_and_an_open_length_is_none() {
    let value = |length: &[u8]| {
        let shape = field(1, length);
        let value_type = field(1, &field(2, &shape));
        field(11, &[field(1, b"x"), field(2, &value_type)].concat())
    };
    assert_eq!(read(&value(&number(1, 10)), small()), Ok(0));
    assert_eq!(read(&value(&[]), small()), Ok(0));
    let negative = [&[8][..], &[0xff; 9], &[1]].concat();
    assert_eq!(read(&value(&negative), small()), Ok(0));
    assert!(read(&value(&number(1, 11)), small()).is_err());
}
