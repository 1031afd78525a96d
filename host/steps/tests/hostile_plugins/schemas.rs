//! A schema from elsewhere is refused without asking there.

use std::io::ErrorKind;
use std::net::TcpListener;

use crate::house::{World, refused, sandbox};

#[test]
fn a_schema_from_elsewhere_is_refused_and_nobody_is_asked_for_it() {
    let elsewhere = TcpListener::bind("127.0.0.1:0").unwrap();
    elsewhere.set_nonblocking(true).unwrap();
    let port = elsewhere.local_addr().unwrap().port();
    let told = refused(sandbox(), World::Transform.ordered(&format!("describe a schema from port {port}")));
    assert_eq!(
        told,
        format!(
            "it describes itself wrongly: the parameter schema of `hostile` is invalid: it refers to \
             `http://127.0.0.1:{port}/schema.json`; references begin with `#/`"
        )
    );
    assert_eq!(elsewhere.accept().unwrap_err().kind(), ErrorKind::WouldBlock);
}
