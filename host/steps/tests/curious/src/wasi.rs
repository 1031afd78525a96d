//! The part of WASI 0.2 that a runtime asks for when it starts, and more that a curious plugin might.

mod bindings {
    wit_bindgen::generate!({
        world: "looks",
        generate_all,
        inline: r#"
            package fettle:curious;

            world looks {
                import wasi:cli/environment@0.2.3;
                import wasi:cli/exit@0.2.3;
                import wasi:cli/stdout@0.2.3;
                import wasi:clocks/monotonic-clock@0.2.3;
                import wasi:clocks/wall-clock@0.2.3;
                import wasi:filesystem/preopens@0.2.3;
                import wasi:io/poll@0.2.3;
                import wasi:random/random@0.2.3;
                import wasi:random/insecure-seed@0.2.3;
                import wasi:sockets/tcp-create-socket@0.2.3;
            }

            package wasi:cli@0.2.3 {
                interface environment {
                    get-environment: func() -> list<tuple<string, string>>;
                    get-arguments: func() -> list<string>;
                    initial-cwd: func() -> option<string>;
                }
                interface exit { exit: func(status: result); }
                interface stdout {
                    use wasi:io/streams@0.2.3.{output-stream};
                    get-stdout: func() -> output-stream;
                }
            }

            package wasi:io@0.2.3 {
                interface error { resource error { to-debug-string: func() -> string; } }
                interface poll {
                    resource pollable { ready: func() -> bool; block: func(); }
                    poll: func(in: list<borrow<pollable>>) -> list<u32>;
                }
                interface streams {
                    use error.{error};
                    use poll.{pollable};
                    variant stream-error { last-operation-failed(error), closed }
                    resource output-stream {
                        check-write: func() -> result<u64, stream-error>;
                        write: func(contents: list<u8>) -> result<_, stream-error>;
                        blocking-write-and-flush: func(contents: list<u8>) -> result<_, stream-error>;
                        blocking-flush: func() -> result<_, stream-error>;
                        subscribe: func() -> pollable;
                    }
                }
            }

            package wasi:clocks@0.2.3 {
                interface monotonic-clock {
                    use wasi:io/poll@0.2.3.{pollable};
                    now: func() -> u64;
                    resolution: func() -> u64;
                    subscribe-duration: func(when: u64) -> pollable;
                }
                interface wall-clock {
                    record datetime { seconds: u64, nanoseconds: u32 }
                    now: func() -> datetime;
                }
            }

            package wasi:filesystem@0.2.3 {
                interface types { resource descriptor { sync: func() -> result<_, error-code>; } enum error-code { access, io } }
                interface preopens {
                    use types.{descriptor};
                    get-directories: func() -> list<tuple<descriptor, string>>;
                }
            }

            package wasi:random@0.2.3 {
                interface random {
                    get-random-bytes: func(len: u64) -> list<u8>;
                    get-random-u64: func() -> u64;
                }
                interface insecure-seed { insecure-seed: func() -> tuple<u64, u64>; }
            }

            package wasi:sockets@0.2.3 {
                interface network { enum error-code { unknown, access-denied } enum ip-address-family { ipv4, ipv6 } }
                interface tcp { resource tcp-socket { is-listening: func() -> bool; } }
                interface tcp-create-socket {
                    use network.{error-code, ip-address-family};
                    use tcp.{tcp-socket};
                    create-tcp-socket: func(address-family: ip-address-family) -> result<tcp-socket, error-code>;
                }
            }
        "#,
    });
}

use bindings::wasi::cli::{environment, exit, stdout};
use bindings::wasi::clocks::{monotonic_clock, wall_clock};
use bindings::wasi::filesystem::preopens;
use bindings::wasi::io::poll;
use bindings::wasi::random::{insecure_seed, random};
use bindings::wasi::sockets::network::{ErrorCode, IpAddressFamily};
use bindings::wasi::sockets::tcp_create_socket;

/// How many variables, arguments and folders there are, whether a socket was refused as it should be, the clocks, and
/// random numbers.
pub(crate) fn what_there_is() -> Vec<f64> {
    let wall = wall_clock::now();
    let refused = tcp_create_socket::create_tcp_socket(IpAddressFamily::Ipv4);
    let (seed, more) = insecure_seed::insecure_seed();
    let mut seen = vec![
        environment::get_environment().len() as f64,
        environment::get_arguments().len() as f64,
        f64::from(u8::from(environment::initial_cwd().is_some())),
        preopens::get_directories().len() as f64,
        f64::from(u8::from(!matches!(refused, Err(ErrorCode::AccessDenied)))),
        wall.seconds as f64 + f64::from(wall.nanoseconds),
        monotonic_clock::now() as f64,
        monotonic_clock::resolution() as f64 - 1.0,
        (seed + more) as f64,
    ];
    seen.push(random::get_random_u64() as f64);
    seen.extend(random::get_random_bytes(4).into_iter().map(f64::from));
    seen
}

/// Waits for so many nanoseconds, once alone and once among others, and answers how many have passed.
pub(crate) fn sleep(nanoseconds: u64) -> f64 {
    let begun = monotonic_clock::now();
    let alone = monotonic_clock::subscribe_duration(nanoseconds);
    alone.block();
    let others = [monotonic_clock::subscribe_duration(nanoseconds), stdout::get_stdout().subscribe()];
    let ready = poll::poll(&[&others[0], &others[1]]);
    (monotonic_clock::now() - begun) as f64 + if alone.ready() && ready == [0, 1] { 0.0 } else { 1.0 }
}

/// Writes a line until so many bytes are written, and answers how many were taken.
pub(crate) fn say(line: &str, bytes: usize) -> f64 {
    let (stdout, mut taken) = (stdout::get_stdout(), 0);
    while taken < bytes {
        let room = stdout.check_write().unwrap_or_default() as usize;
        let line = &line.as_bytes()[..line.len().min(room)];
        if line.is_empty() || stdout.blocking_write_and_flush(line).is_err() {
            return taken as f64;
        }
        taken += line.len();
    }
    taken as f64
}

/// Ends the program.
pub(crate) fn exit() -> ! {
    exit::exit(Err(()));
    unreachable!("nothing comes after the end");
}
