//! The server that every client calls: a success for whatever it is sent, as fast as it can be had.
//!
//! `compare-stub FILE` writes the certificate of its authority to FILE, prints the ports of `http`
//! and `https`, and ends when its stdin does.

mod answer;
mod clear;
mod tls;

use std::error::Error;
use std::io::Read;
use std::net::TcpListener;
use std::thread;

fn main() -> Result<(), Box<dyn Error>> {
    let file = std::env::args().nth(1).ok_or("the first argument must be a file")?;
    let (clear, secured) = (listener()?, listener()?);
    println!("{}\n{}", clear.local_addr()?.port(), secured.local_addr()?.port());
    let config = tls::config(file.as_ref())?;
    // Says that the file is there.
    println!("ready");
    thread::spawn(|| clear::serve(clear).unwrap_or_else(|error| fail(&error)));
    thread::spawn(|| tls::serve(secured, config).unwrap_or_else(|error| fail(&error)));
    std::io::stdin().read_to_end(&mut Vec::new())?;
    Ok(())
}

fn listener() -> std::io::Result<TcpListener> {
    TcpListener::bind(("127.0.0.1", 0))
}

fn fail(error: &std::io::Error) {
    eprintln!("the stub server failed: {error}");
    std::process::exit(1);
}
