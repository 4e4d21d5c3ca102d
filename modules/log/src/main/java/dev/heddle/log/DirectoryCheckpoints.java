package dev.heddle.log;

import dev.heddle.common.DirectoryOfflineException;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The checkpoints of all directories; those of a directory that is offline are left as they are. Any thread may call it. */
final class DirectoryCheckpoints {

    private static final Logger LOG = LoggerFactory.getLogger(DirectoryCheckpoints.class);

    private final Map<LogDirectory, LogCheckpoints> all = new LinkedHashMap<>();
    private final Function<LogDirectory, List<PartitionLog>> logsIn;

    /** @param logsIn gives the logs of a directory as they are at the moment */
    DirectoryCheckpoints(Collection<LogDirectory> directories, Function<LogDirectory, List<PartitionLog>> logsIn) {
        this.logsIn = logsIn;
        for (LogDirectory directory : directories) all.put(directory, new LogCheckpoints(directory));
    }

    /** In the order of the configuration. */
    Set<LogDirectory> directories() {
        return all.keySet();
    }

    Collection<LogCheckpoints> all() {
        return all.values();
    }

    LogCheckpoints of(LogDirectory directory) {
        return Objects.requireNonNull(all.get(directory));
    }

    void writeRecoveryPoints() {
        all.keySet().forEach(directory -> write(directory, LogCheckpoints::writeRecoveryPoints));
    }

    void writeStartOffsets() {
        all.keySet().forEach(directory -> write(directory, LogCheckpoints::writeStartOffsets));
    }

    void writeStartOffsets(LogDirectory directory) {
        write(directory, LogCheckpoints::writeStartOffsets);
    }

    void writeCleanedOffsets(LogDirectory directory) {
        write(directory, LogCheckpoints::writeCleanedOffsets);
    }

    /** A truncation has made the directory's checkpoints wrong. */
    void writeOutdated(LogDirectory directory) {
        write(directory, LogCheckpoints::writeOutdated);
    }

    private void write(LogDirectory directory, BiConsumer<LogCheckpoints, List<PartitionLog>> what) {
        if (!directory.online()) return;
        try {
            what.accept(of(directory), logsIn.apply(directory));
        } catch (DirectoryOfflineException e) {
            LOG.debug("No checkpoint: dir={} reason={}", directory, e.getMessage());
        }
    }
}
