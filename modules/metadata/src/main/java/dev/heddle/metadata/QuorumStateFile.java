package dev.heddle.metadata;

import dev.heddle.common.StopBrokerException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The file {@code quorum-state}: which leader epoch this voter has seen. The controller's starting thread uses it.
 *
 * <p>It is one line of JSON in one of two versions: 0 with static voters, 1 with voters in the log (KIP-853).
 */
final class QuorumStateFile {

    static final String NAME = "quorum-state";

    private static final String TEMPORARY = NAME + ".tmp";
    private static final String NOBODY = "AAAAAAAAAAAAAAAAAAAAAA";
    private static final Pattern LEADER_EPOCH = Pattern.compile("\"leaderEpoch\"\\s*:\\s*(-?\\d{1,9})");
    private static final Pattern DATA_VERSION = Pattern.compile("\"data_version\"\\s*:\\s*(\\d{1,4})");
    private static final Pattern VOTER = Pattern.compile("\"voterId\"\\s*:\\s*(\\d{1,9})");

    private final MetadataStorage storage;

    QuorumStateFile(MetadataStorage storage) {
        this.storage = storage;
    }

    /**
     * What the file says.
     *
     * @param leaderEpoch the last leader epoch; 0 if there never was one
     * @param voters the ids of static voters; empty if they are in the log
     */
    record State(int leaderEpoch, List<Integer> voters) {}

    /**
     * Reads the file; epoch 0 if there is none.
     *
     * @throws StopBrokerException if it is unreadable
     */
    State read() {
        byte[] content = storage.read(NAME);
        if (content == null) return new State(0, List.of());
        String json = new String(content, StandardCharsets.UTF_8);
        int version = number(DATA_VERSION, json);
        if (version > 1) throw new StopBrokerException("The file " + NAME + " has the unknown data_version " + version);
        List<Integer> voters = new ArrayList<>();
        Matcher voter = VOTER.matcher(json);
        while (voter.find()) voters.add(Integer.parseInt(voter.group(1)));
        return new State(Math.max(number(LEADER_EPOCH, json), 0), voters);
    }

    private static int number(Pattern pattern, String json) {
        Matcher matcher = pattern.matcher(json);
        if (!matcher.find()) {
            throw new StopBrokerException("The file " + NAME + " of the metadata log is damaged: no " + pattern);
        }
        return Integer.parseInt(matcher.group(1));
    }

    /** Says, durably, that {@code nodeId} leads from {@code epoch} on. */
    void write(int nodeId, int epoch, QuorumVoters voters) {
        String json = voters.kraftVersion() == 0
                ? String.format(
                        Locale.ROOT,
                        "{\"clusterId\":\"\",\"leaderId\":%d,\"leaderEpoch\":%d,\"votedId\":-1,\"appliedOffset\":0,"
                                + "\"currentVoters\":[{\"voterId\":%d}],\"data_version\":0}",
                        nodeId,
                        epoch,
                        nodeId)
                : String.format(
                        Locale.ROOT,
                        "{\"leaderId\":%d,\"leaderEpoch\":%d,\"votedId\":-1,\"votedDirectoryId\":\"%s\","
                                + "\"data_version\":1}",
                        nodeId,
                        epoch,
                        NOBODY);
        storage.replace(NAME, TEMPORARY, json.getBytes(StandardCharsets.UTF_8));
    }
}
