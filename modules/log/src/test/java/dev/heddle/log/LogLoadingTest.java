package dev.heddle.log;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class LogLoadingTest {

    private static final int THREADS = 3;

    @TempDir
    Path root;

    /** Each log waits until as many others are loaded as there are threads: one after the other, none ever would be. */
    @Test
    void asManyLogsAreRecoveredAtATimeAsThereAreThreads() {
        try (LogFixture fixture = new LogFixture(root)) {
            var opener = new LogOpener(fixture.runtime);
            LogConfig config = LogFixture.config(Map.of());
            for (int i = 0; i < THREADS; i++) {
                var partition = new TopicPartition("orders", i);
                PartitionLog log = opener.create(fixture.directory, partition, LogFixture.TOPIC_ID, config);
                log.appendAsLeader(LogFixture.batch("v" + i), 0, AppendOrigin.CLIENT);
                fixture.crash(log);
            }
            var together = new Together();
            var loading = new LogLoading(
                    new LogCheckpoints(fixture.directory),
                    opener,
                    topic -> config,
                    fixture.time,
                    fixture.metrics,
                    together);
            loading.begin(THREADS).close();
            assertEquals(
                    Set.of("log-recovery-" + root + "-0", "log-recovery-" + root + "-1", "log-recovery-" + root + "-2"),
                    together.threads);
            loading.removeMetrics();
        }
    }

    private static final class Together implements LogLoading.Listener {

        private final CyclicBarrier all = new CyclicBarrier(THREADS);
        private final Set<String> threads = ConcurrentHashMap.newKeySet();

        @Override
        public void loaded(PartitionLog log) {
            assertEquals(1, log.logEndOffset());
            log.abandon();
            try {
                all.await(30, TimeUnit.SECONDS);
            } catch (InterruptedException | BrokenBarrierException | TimeoutException e) {
                throw new AssertionError(e);
            }
            threads.add(Thread.currentThread().getName());
        }

        @Override
        public void unusable(TopicPartition partition, LogDirectory directory) {
            throw new AssertionError(partition);
        }

        @Override
        public void unknown(LogDirectory directory) {
            throw new AssertionError(directory);
        }

        @Override
        public void toBeDeleted(LogDirectory directory, Path path) {
            throw new AssertionError(path);
        }
    }
}
