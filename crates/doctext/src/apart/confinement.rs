//! What a child may use.
//!
//! The child confines itself before it reads anything. Doing it from outside would need code between fork and exec,
//! which can not be written safely. What a process has lowered for itself it can not raise again, unless it runs as
//! root; nor does the bound of processes bind root. The service should not run as root, for these reasons among others.

use std::io;

use rlimit::Resource;

/// Limits of the system. What a child is granted already is never raised.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Confinement {
    /// Address space, in bytes. Beyond it memory is refused, and Rust aborts.
    pub memory: u64,
    /// Processor time, in seconds. It ends a loop even if the service is gone.
    pub processor_seconds: u64,
}

impl Default for Confinement {
    fn default() -> Self {
        Self { memory: 512 << 20, processor_seconds: 10 }
    }
}

impl Confinement {
    /// Confines this process, for good.
    pub fn apply(self) -> io::Result<()> {
        lower(Resource::CORE, 0, 0)?;
        lower(Resource::AS, self.memory, self.memory)?;
        // The first limit asks with a signal that names the cause, the second one kills.
        lower(Resource::CPU, self.processor_seconds, self.processor_seconds + 1)?;
        lower(Resource::FSIZE, 0, 0)?;
        // The three pipes are open. Nothing else can be, neither a file nor a socket.
        lower(Resource::NOFILE, 3, 3)?;
        lower(Resource::NPROC, 0, 0)
    }
}

fn lower(resource: Resource, soft: u64, hard: u64) -> io::Result<()> {
    let (now_soft, now_hard) = resource.get()?;
    resource.set(soft.min(now_soft), hard.min(now_hard))
}
