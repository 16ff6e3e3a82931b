//! The server in clear: one thread for all connections.

use std::collections::HashMap;
use std::io::{self, ErrorKind, Read, Write};

use mio::net::{TcpListener, TcpStream};
use mio::{Events, Interest, Poll, Token};

use crate::answer::{Answer, Unanswered};

const LISTENER: Token = Token(0);

pub(crate) fn serve(listener: std::net::TcpListener) -> io::Result<()> {
    listener.set_nonblocking(true)?;
    let mut listener = TcpListener::from_std(listener);
    let (mut poll, mut events) = (Poll::new()?, Events::with_capacity(1024));
    poll.registry().register(&mut listener, LISTENER, Interest::READABLE)?;
    let (mut connections, mut last, mut answer) = (HashMap::new(), 0, Answer::new());
    loop {
        poll.poll(&mut events, None)?;
        for event in &events {
            if event.token() == LISTENER {
                while let Some(mut stream) = accepted(&listener)? {
                    last += 1;
                    poll.registry().register(&mut stream, Token(last), Interest::READABLE)?;
                    connections.insert(Token(last), (stream, Unanswered::default()));
                }
            } else if let Some((stream, unanswered)) = connections.get_mut(&event.token())
                && !answered(stream, unanswered, &mut answer)
            {
                connections.remove(&event.token());
            }
        }
    }
}

fn accepted(listener: &TcpListener) -> io::Result<Option<TcpStream>> {
    match listener.accept() {
        Ok((stream, _)) => stream.set_nodelay(true).map(|()| Some(stream)),
        Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(None),
        Err(error) => Err(error),
    }
}

/// Answers what has come. False ends the connection: what went wrong is its client's affair.
fn answered(stream: &mut TcpStream, unanswered: &mut Unanswered, answer: &mut Answer) -> bool {
    let mut bytes = [0; 16 * 1024];
    loop {
        match stream.read(&mut bytes) {
            Ok(0) => return false,
            Ok(read) => {
                unanswered.push(bytes.get(..read).unwrap_or_default());
                while unanswered.take() {
                    if stream.write_all(answer.bytes()).is_err() {
                        return false;
                    }
                }
                // There is no more: asking again would cost a system call.
                if read < bytes.len() {
                    return true;
                }
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => return true,
            Err(_) => return false,
        }
    }
}
