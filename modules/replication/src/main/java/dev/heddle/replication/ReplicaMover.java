package dev.heddle.replication;

import com.codahale.metrics.Gauge;
import com.codahale.metrics.MetricRegistry;
import dev.heddle.common.AnswerException;
import dev.heddle.common.HeddleException;
import dev.heddle.common.ManagedWait;
import dev.heddle.common.MetricNames;
import dev.heddle.common.Threads;
import dev.heddle.common.Time;
import dev.heddle.log.FutureLogs;
import dev.heddle.log.IoThrottle;
import dev.heddle.log.LogDirectory;
import dev.heddle.log.PartitionLog;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.PriorityBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.apache.kafka.common.TopicIdPartition;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.protocol.Errors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Moves replicas from one log directory to another while they are in use (KIP-113). Any thread may call it; the copying is
 * done by {@code ReplicaAlterLogDirsThread-<n>}, one partition at a time for each.
 *
 * <p>For maintainers. A partition that has a future log is being moved: that is all there is to remember, and the files
 * remember it over a restart. A {@link Move} is what works on it; there is one whenever this broker leads the partition,
 * unless it has failed in a way that will not get better by itself.
 */
public final class ReplicaMover implements AutoCloseable {

    /** Hears where a replica lies now. */
    public interface Listener {
        /** Called by the thread that has moved it; must not block. */
        void moved(TopicIdPartition partition, Uuid directoryId);
    }

    private static final Logger LOG = LoggerFactory.getLogger(ReplicaMover.class);
    private static final long IDLE_SECONDS = 5;
    private static final String[] GAUGES = {"MaxLag", "FailedPartitionsCount"};

    private final FutureLogs futures;
    private final Function<TopicPartition, Partition> partitions;
    private final Time time;
    private final MetricRegistry metrics;
    private final IoThrottle throttle;
    private final ThreadPoolExecutor threads;
    private final ConcurrentMap<TopicPartition, Move> moves = new ConcurrentHashMap<>();
    private final Set<TopicPartition> failed = ConcurrentHashMap.newKeySet();

    /** Publishes who hears of moved replicas. */
    private volatile Listener listener = (partition, directoryId) -> {};

    /** @param partitions finds those that this broker holds a replica of, or throws UNKNOWN_TOPIC_OR_PARTITION or NOT_LEADER_OR_FOLLOWER */
    ReplicaMover(
            ReplicationConfig config,
            FutureLogs futures,
            Function<TopicPartition, Partition> partitions,
            Time time,
            MetricRegistry metrics) {
        this.futures = futures;
        this.partitions = partitions;
        this.time = time;
        this.metrics = metrics;
        this.throttle = new IoThrottle(
                time,
                metrics.meter(MetricNames.of("kafka.server", "AlterLogDirsReplication", "byte-rate")),
                config.moveBytesPerSecond());
        int count = config.moverThreads() > 0 ? config.moverThreads() : futures.directoryCount();
        this.threads = new ThreadPoolExecutor(
                count,
                count,
                IDLE_SECONDS,
                TimeUnit.SECONDS,
                new PriorityBlockingQueue<>(),
                Threads.platformFactory("ReplicaAlterLogDirsThread"));
    }

    void start() {
        threads.allowCoreThreadTimeOut(true);
        metrics.gauge(nameOf(GAUGES[0]), () -> (Gauge<Long>) this::maxLag);
        metrics.gauge(nameOf(GAUGES[1]), () -> (Gauge<Integer>) failed::size);
    }

    private static String nameOf(String metric) {
        return MetricNames.of("kafka.server", "ReplicaAlterLogDirsManager", metric, "clientId", "ReplicaAlterLogDirs");
    }

    private long maxLag() {
        return moves.values().stream().mapToLong(Move::lag).max().orElse(0);
    }

    /** Who hears of moved replicas from now on; to be called before there are any. */
    public void onMoved(Listener newListener) {
        listener = newListener;
    }

    /** How fast replicas are moved may have changed. */
    public void updateConfig(ReplicationConfig changed) {
        throttle.updateRate(changed.moveBytesPerSecond());
    }

    /**
     * Begins to move a partition's replica to a log directory, or goes on with that. A move to another directory ends.
     * Where the replica is in that directory already, nothing is begun. A partition that this broker holds no replica of
     * will be created in that directory, if ever.
     *
     * @param path of the directory, as DescribeLogDirs gives it
     * @throws AnswerException INVALID_TOPIC_EXCEPTION, LOG_DIR_NOT_FOUND, KAFKA_STORAGE_ERROR,
     *     UNKNOWN_TOPIC_OR_PARTITION; REPLICA_NOT_AVAILABLE if there is no replica here
     * @throws dev.heddle.common.DirectoryOfflineException if the disk fails
     */
    public void move(TopicPartition topicPartition, String path) {
        FutureLogs.ensureMovable(topicPartition);
        LogDirectory target = futures.directory(path);
        try {
            Partition partition = partitions.apply(topicPartition);
            ManagedWait.lock(partition.moveLock());
            try {
                move(partition, target);
            } finally {
                partition.moveLock().unlock();
            }
        } catch (AnswerException e) {
            futures.prefer(topicPartition, target);
            throw e.error() == Errors.NOT_LEADER_OR_FOLLOWER ? new AnswerException(Errors.REPLICA_NOT_AVAILABLE) : e;
        }
    }

    private void move(Partition partition, LogDirectory target) {
        PartitionLog current = partition.log();
        PartitionLog future = futures.get(partition.topicPartition());
        if (future != null && future.directory() != target) {
            abort(partition);
            current = partition.log();
            future = futures.get(partition.topicPartition());
        }
        if (current.directory() == target) return;
        begin(partition, current, future != null ? future : futures.create(current, target));
    }

    /** Ends the partition's move, whether it has failed or is under way; it may just have succeeded. */
    private void abort(Partition partition) {
        TopicPartition topicPartition = partition.topicPartition();
        Move move = moves.get(topicPartition);
        if (move != null) move.cancel();
        partition.awaitSettled();
        LOG.info("Ending a move: partition={}", topicPartition);
        futures.drop(topicPartition);
        failed.remove(topicPartition);
    }

    /** The partition is led by this broker now: goes on moving it, if it was being moved. Does not block. */
    void resume(Partition partition) {
        PartitionLog future = futures.get(partition.topicPartition());
        if (future != null && partition.role() instanceof Role.Leader leader) begin(partition, leader.log(), future);
    }

    /** The partition is gone. Does not block. */
    void forget(TopicPartition topicPartition) {
        Move move = moves.remove(topicPartition);
        if (move != null) move.cancel();
        failed.remove(topicPartition);
    }

    private void begin(Partition partition, PartitionLog current, PartitionLog future) {
        failed.remove(partition.topicPartition());
        moves.compute(partition.topicPartition(), (topicPartition, known) -> {
            if (known != null && known.isBetween(current, future)) return known;
            if (known != null) known.cancel();
            var move = new Move(partition, current, future, this);
            try {
                threads.execute(move);
                return move;
            } catch (RejectedExecutionException e) {
                return null; // the broker stops: the move goes on after its next start
            }
        });
    }

    /** The move is over, done or not. */
    void ended(Move move) {
        moves.remove(move.partition().topicPartition(), move);
        Partition partition = move.partition();
        if (partition.isLedWith(move.future())) {
            listener.moved(
                    new TopicIdPartition(partition.topicId(), partition.topicPartition()),
                    move.future().directory().id());
        } else if (!move.isCancelled()) {
            // It may have lost and won its role meanwhile.
            resume(partition);
        }
    }

    /** The move could not go on. */
    void ended(Move move, HeddleException reason) {
        Partition partition = move.partition();
        if (partition.isLedWith(move.future())) {
            LOG.warn("A move is done, but not cleaned up: {} reason={}", move, reason.getMessage());
            ended(move);
            return;
        }
        LOG.warn("A move has ended: {} reason={}", move, reason.getMessage());
        boolean over = futures.get(partition.topicPartition()) != move.future() || !partition.isLedWith(move.current());
        if (over || move.isCancelled()) moves.remove(partition.topicPartition(), move);
        else failed(move);
    }

    /** The move failed for a reason that will not go away; to ask for it again tries again. */
    void failed(Move move) {
        if (moves.remove(move.partition().topicPartition(), move))
            failed.add(move.partition().topicPartition());
    }

    FutureLogs futures() {
        return futures;
    }

    IoThrottle throttle() {
        return throttle;
    }

    Time time() {
        return time;
    }

    /** Stops the threads; what is being moved is moved on after the next start. */
    @Override
    public void close() {
        threads.shutdown();
        moves.values().forEach(Move::cancel);
        threads.close();
        for (String gauge : GAUGES) metrics.remove(nameOf(gauge));
    }
}
