//! A prefix of its own for every test, in the one Redis that the environment names.

use chassis::service::RedisAccess;
use redis::{AsyncCommands as _, Client, ConnectionLike, aio::MultiplexedConnection};

use crate::database::server;

/// The variable that names the server.
const VARIABLE: &str = "USHER_TEST_REDIS_URL";

/// A corner of Redis that nobody else looks into. Its keys are deleted when it is dropped.
#[derive(Debug)]
pub struct TestRedis {
    url: String,
    prefix: String,
    client: Client,
}

impl TestRedis {
    /// A fresh prefix.
    #[expect(clippy::unused_async, reason = "symmetry with TestDatabase::new, which every test calls beside it")]
    pub async fn new() -> Self {
        let url = server(VARIABLE);
        let client = Client::open(url.as_str()).unwrap_or_else(|error| panic!("{VARIABLE}: {error}"));
        Self { url, prefix: format!("t{:016x}:", rand::random::<u64>()), client }
    }

    /// The server's address.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// What stands before every key.
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// What services are given.
    pub fn access(&self) -> RedisAccess {
        self.access_at(&self.url)
    }

    /// The same keys by another way, such as over a [`crate::WireCutter`].
    pub fn access_at(&self, url: &str) -> RedisAccess {
        RedisAccess::new(url, &self.prefix).expect("the address of a Redis")
    }

    /// A connection.
    pub async fn connection(&self) -> MultiplexedConnection {
        self.client.get_multiplexed_async_connection().await.unwrap_or_else(|error| panic!("{VARIABLE}: {error}"))
    }

    /// Forgets everything, as FLUSHALL would if this test had the server for itself.
    pub async fn flush(&self) {
        let mut connection = self.connection().await;
        for key in self.keys().await {
            connection.del::<_, ()>(key).await.expect("Redis deletes a key");
        }
    }

    /// The keys that there are.
    pub async fn keys(&self) -> Vec<String> {
        let mut connection = self.connection().await;
        let mut found = Vec::new();
        let mut cursor = 0_u64;
        loop {
            let (next, keys): (u64, Vec<String>) =
                scan(cursor, &self.prefix).query_async(&mut connection).await.expect("Redis scans");
            found.extend(keys);
            if next == 0 {
                return found;
            }
            cursor = next;
        }
    }
}

impl Drop for TestRedis {
    fn drop(&mut self) {
        // What can not be deleted now hurts nobody: the prefix is never used again.
        if let Ok(mut connection) = self.client.get_connection() {
            let _ = delete_all(&mut connection, &self.prefix);
        }
    }
}

fn scan(cursor: u64, prefix: &str) -> redis::Cmd {
    redis::cmd("SCAN").arg(cursor).arg("MATCH").arg(format!("{prefix}*")).arg("COUNT").arg(1_000).to_owned()
}

fn delete_all(connection: &mut impl ConnectionLike, prefix: &str) -> redis::RedisResult<()> {
    let mut cursor = 0_u64;
    loop {
        let (next, keys): (u64, Vec<String>) = scan(cursor, prefix).query(connection)?;
        if !keys.is_empty() {
            redis::cmd("DEL").arg(keys).query::<()>(connection)?;
        }
        if next == 0 {
            return Ok(());
        }
        cursor = next;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn keys_are_private_and_go_with_the_test() {
        let (one, other) = (TestRedis::new().await, TestRedis::new().await);
        let access = one.access();
        let mut connection = other.connection().await;
        connection.set::<_, _, ()>(access.key("a"), 1).await.unwrap();
        connection.set::<_, _, ()>(other.access().key("b"), 1).await.unwrap();
        assert_eq!(one.keys().await, [access.key("a")]);
        one.flush().await;
        assert!(one.keys().await.is_empty());
        assert_eq!(other.keys().await.len(), 1, "flush hurts nobody else");
        connection.set::<_, _, ()>(access.key("c"), 1).await.unwrap();
        drop(one);
        assert!(!connection.exists::<_, bool>(access.key("c")).await.unwrap());
    }
}
