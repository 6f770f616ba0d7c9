//! A host that is served over HTTP: the real component, a real state file, sockets on loopback, and an emulator.

mod alerts;
mod book;
mod crowd;
mod damage;
mod door;
mod events;
mod failed;
mod foreign;
mod house;
mod manners;
mod many;
mod places;
mod shadow;
mod slow;
mod slow_client;
mod tls;
mod watched;
