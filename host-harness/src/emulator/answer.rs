//! The body of an answer on the wire, which may come slowly or end too early.

use std::collections::VecDeque;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};
use tokio::time::Sleep;

/// In how many pieces an answer comes that comes slowly.
const PIECES: u8 = 8;

/// The connection is to end without more.
#[derive(Debug, thiserror::Error)]
#[error("the connection was cut")]
pub(super) struct Cut;

/// The body of an answer, which may come slowly or end too early.
#[derive(Debug)]
pub(super) struct Answer {
    pieces: VecDeque<Bytes>,
    /// How long to wait before each piece.
    pause: Duration,
    waiting: Option<Pin<Box<Sleep>>>,
    then: Then,
}

/// What follows the bytes of an answer.
#[derive(Debug)]
enum Then {
    End,
    /// A cut, after a turn in which what there is goes out.
    FlushAndCut,
    Cut,
}

impl Answer {
    /// All of it, over some time.
    pub(super) fn whole(bytes: Bytes, over: Duration) -> Self {
        Self::new(bytes, over, Then::End)
    }

    /// Half of it, and no more.
    pub(super) fn half(bytes: &Bytes, over: Duration) -> Self {
        let half = bytes.len() / 2;
        Self::new(bytes.slice(..half), over, Then::FlushAndCut)
    }

    fn new(mut bytes: Bytes, over: Duration, then: Then) -> Self {
        let mut pieces = VecDeque::new();
        if !over.is_zero() {
            let size = bytes.len().div_ceil(usize::from(PIECES)).max(1);
            while bytes.len() > size {
                pieces.push_back(bytes.split_to(size));
            }
        }
        pieces.push_back(bytes);
        let mut answer = Self {
            pieces,
            pause: over / u32::from(PIECES),
            waiting: None,
            then,
        };
        answer.wait();
        answer
    }

    fn wait(&mut self) {
        if !self.pause.is_zero() && !self.pieces.is_empty() {
            self.waiting = Some(Box::pin(tokio::time::sleep(self.pause)));
        }
    }
}

impl Body for Answer {
    type Data = Bytes;
    type Error = Cut;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Cut>>> {
        if let Some(waiting) = &mut self.waiting {
            std::task::ready!(waiting.as_mut().poll(context));
            self.waiting = None;
        }
        if let Some(piece) = self.pieces.pop_front() {
            self.wait();
            return Poll::Ready(Some(Ok(Frame::data(piece))));
        }
        match self.then {
            Then::End => Poll::Ready(None),
            Then::FlushAndCut => {
                self.then = Then::Cut;
                context.waker().wake_by_ref();
                Poll::Pending
            }
            Then::Cut => Poll::Ready(Some(Err(Cut))),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.pieces.is_empty() && matches!(self.then, Then::End)
    }

    fn size_hint(&self) -> SizeHint {
        match self.then {
            Then::End => {
                let left: usize = self.pieces.iter().map(Bytes::len).sum();
                SizeHint::with_exact(u64::try_from(left).unwrap_or(u64::MAX))
            }
            _ => SizeHint::default(),
        }
    }
}
