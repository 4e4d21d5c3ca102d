package dev.heddle.system;

import static dev.heddle.system.Clients.get;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.GroupListing;
import org.apache.kafka.clients.admin.ListShareGroupOffsetsSpec;
import org.apache.kafka.clients.admin.SharePartitionOffsetInfo;
import org.apache.kafka.common.TopicPartition;

/** Share groups that somebody has told where to begin, again and again, and deleted ones. */
final class ShareGroupsAltered implements Cargo {

    private static final String TOPIC = "shared";

    private final Map<String, Map<TopicPartition, Long>> altered = new TreeMap<>();
    private String deleted;
    private long next = 7;

    @Override
    public void load(Stop stop) {
        Clients clients = stop.clients();
        if (altered.isEmpty()) clients.createLedTopic(TOPIC, 2, Map.of());
        alter(clients, "altered-at-every-stop");
        alter(clients, "altered-at-" + stop.name());
        deleted = "shares-deleted-at-" + stop.name();
        alter(clients, deleted);
        get(clients.admin().deleteShareGroups(List.of(deleted)).all());
        altered.remove(deleted);
    }

    private void alter(Clients clients, String group) {
        Map<TopicPartition, Long> offsets =
                Map.of(new TopicPartition(TOPIC, 0), next++, new TopicPartition(TOPIC, 1), next++);
        get(clients.admin().alterShareGroupOffsets(group, offsets).all());
        altered.put(group, offsets);
    }

    @Override
    public void check(Stop stop) {
        Clients clients = stop.clients();
        altered.forEach(
                (group, offsets) -> assertEquals(offsets, startOffsets(clients, group), group + " at " + stop.name()));
        if (altered.isEmpty()) return;
        List<String> listed = get(clients.admin().listGroups().all()).stream()
                .map(GroupListing::groupId)
                .toList();
        assertTrue(listed.containsAll(altered.keySet()), listed::toString);
        assertFalse(listed.contains(deleted), listed::toString);
    }

    static Map<TopicPartition, Long> startOffsets(Clients clients, String group) {
        Map<TopicPartition, SharePartitionOffsetInfo> found = get(clients.admin()
                .listShareGroupOffsets(Map.of(group, new ListShareGroupOffsetsSpec()))
                .partitionsToOffsetInfo(group));
        return found.entrySet().stream()
                .collect(Collectors.toMap(
                        Map.Entry::getKey, each -> each.getValue().startOffset()));
    }
}
