//! Keys of one test in a Redis that all tests share.

use redis::aio::MultiplexedConnection;

use crate::server;

/// A prefix of one test's own.
#[derive(Debug)]
pub struct TestRedis {
    url: String,
    prefix: String,
}

impl TestRedis {
    /// A fresh prefix.
    pub async fn new() -> Self {
        let redis = Self { url: server("USHER_TEST_REDIS_URL"), prefix: format!("t{:016x}:", rand::random::<u64>()) };
        // Fails here and with clear words rather than somewhere inside a service.
        drop(redis.connection().await);
        redis
    }

    /// Its address.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Before every key.
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// A connection.
    pub async fn connection(&self) -> MultiplexedConnection {
        let client = redis::Client::open(self.url.as_str()).expect("USHER_TEST_REDIS_URL is an address");
        client.get_multiplexed_async_connection().await.expect("Redis for tests answers")
    }

    /// Forgets everything, as FLUSHALL would, for this test alone.
    pub async fn flush(&self) {
        let mut connection = self.connection().await;
        let mut cursor = 0_u64;
        loop {
            let (next, keys): (u64, Vec<String>) = redis::cmd("SCAN")
                .arg(cursor)
                .arg("MATCH")
                .arg(format!("{}*", self.prefix))
                .arg("COUNT")
                .arg(1000)
                .query_async(&mut connection)
                .await
                .expect("Redis for tests answers");
            if !keys.is_empty() {
                redis::cmd("DEL").arg(keys).query_async::<()>(&mut connection).await.expect("Redis for tests answers");
            }
            cursor = next;
            if cursor == 0 {
                return;
            }
        }
    }
}

impl Drop for TestRedis {
    fn drop(&mut self) {
        let (url, prefix) = (self.url.clone(), self.prefix.clone());
        let cleaning = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            // Not a TestRedis again, which would clean up after itself for ever.
            let redis = std::mem::ManuallyDrop::new(Self { url, prefix });
            runtime.block_on(redis.flush());
        });
        let _ = cleaning.join();
    }
}
