use super::*;

struct Allows {
    makes_keys: bool,
}

impl TokenAuthorizer for Allows {
    fn makes_keys(&self) -> bool {
        self.makes_keys
    }

    fn check_token_authorization(&self, _: &Request<'_>, _: TokenType) -> Verdict {
        Verdict::ALLOW
    }
}

#[test]
fn an_authorizer_that_makes_no_keys_needs_only_the_check() {
    let authorizer = Allows { makes_keys: false };
    assert_eq!(authorizer.set_time(60.0), Ok(()));
    assert_eq!(authorizer.generate_key_file(TokenType::TOKEN), Ok(()));
}

#[test]
fn an_authorizer_that_makes_keys_and_does_not_say_how_fails() {
    let authorizer = Allows { makes_keys: true };
    let message = |function: &str| {
        format!("{function} is not implemented: expected it, or makes_keys that returns false")
    };
    let failed = authorizer.set_time(60.0).unwrap_err();
    assert_eq!(failed.message(), message("set_time"));
    let failed = authorizer.generate_key_file(TokenType::TOKEN).unwrap_err();
    assert_eq!(failed.message(), message("generate_key_file"));
}
