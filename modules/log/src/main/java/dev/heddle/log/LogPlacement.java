package dev.heddle.log;

import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;

/** In which directory the log of a new partition is created. Any thread may call it. */
final class LogPlacement {

    /** So many wishes are remembered, the latest ones: a client can make as many as it likes. */
    static final int MAX_WISHES = 10_000;

    private final Collection<LogDirectory> directories;
    private final Supplier<List<PartitionLog>> logs;

    /** Guards {@link #wishes}. */
    private final ReentrantLock lock = new ReentrantLock();

    /** Where partitions are wanted that have no log yet (KIP-113). */
    private final Map<TopicPartition, LogDirectory> wishes = new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<TopicPartition, LogDirectory> eldest) {
            return size() > MAX_WISHES;
        }
    };

    /** @param logs those there are at the moment */
    LogPlacement(Collection<LogDirectory> directories, Supplier<List<PartitionLog>> logs) {
        this.directories = directories;
        this.logs = logs;
    }

    /** The partition's log, when it is created, shall be in that directory. */
    void wish(TopicPartition partition, LogDirectory directory) {
        lock.lock();
        try {
            wishes.put(partition, directory);
        } finally {
            lock.unlock();
        }
    }

    /** The partition's log has been created, or the partition is gone. */
    void forget(TopicPartition partition) {
        lock.lock();
        try {
            wishes.remove(partition);
        } finally {
            lock.unlock();
        }
    }

    /**
     * The directories to try, one after the other: the one that is wished for and no other; else the one assigned; else
     * all that are online, the one with the fewest logs first.
     *
     * @param assigned a directory's id by the metadata (KIP-858); one that is not known here means any
     */
    List<LogDirectory> candidates(TopicPartition partition, Uuid assigned) {
        LogDirectory wished;
        lock.lock();
        try {
            wished = wishes.get(partition);
        } finally {
            lock.unlock();
        }
        if (wished != null) return List.of(wished);
        for (LogDirectory directory : directories) {
            if (directory.online() && directory.id().equals(assigned)) return List.of(directory);
        }
        return byLoad();
    }

    private List<LogDirectory> byLoad() {
        Map<LogDirectory, Integer> counts = new LinkedHashMap<>();
        for (LogDirectory directory : directories) if (directory.online()) counts.put(directory, 0);
        if (counts.size() < 2) return List.copyOf(counts.keySet());
        for (PartitionLog log : logs.get()) counts.computeIfPresent(log.directory(), (d, count) -> count + 1);
        return counts.entrySet().stream()
                .sorted(Comparator.comparingInt(Map.Entry::getValue))
                .map(Map.Entry::getKey)
                .toList();
    }
}
