//! What hooks send to the guard.
//!
//! What is understood is, written again, understood in the same way, and fits on its one line.

use dpkg_ima::guard::Request;

pub fn run(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let line = text.lines().next().unwrap_or_default();
    if let Some(request) = Request::parse(line) {
        let written = request.to_string();
        assert!(!written.contains('\n'), "{request:?}");
        assert_eq!(Request::parse(&written), Some(request));
    }
}
