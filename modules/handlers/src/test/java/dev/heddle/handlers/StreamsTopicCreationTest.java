package dev.heddle.handlers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.heddle.common.ManualTime;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.message.CreateTopicsRequestData;
import org.apache.kafka.common.message.CreateTopicsRequestData.CreatableTopic;
import org.junit.jupiter.api.Test;

class StreamsTopicCreationTest {

    private static final int BACK_OFF_MS = 1_000;

    private final TestMetadata metadata = TestMetadata.withOneBroker();
    private final FakeController controller = new FakeController(metadata);
    private final ManualTime time = new ManualTime(0);
    private final StreamsTopicCreation creation = new StreamsTopicCreation(controller, time);

    private static Map<String, CreatableTopic> topics(String... names) {
        Map<String, CreatableTopic> topics = new TreeMap<>();
        for (String name : names) {
            topics.put(
                    name, new CreatableTopic().setName(name).setNumPartitions(3).setReplicationFactor((short) -1));
        }
        return topics;
    }

    private String create(String... names) {
        return creation.create(topics(names), BACK_OFF_MS);
    }

    @Test
    void whatIsMissingIsCreated() {
        assertNull(create("a", "b"));
        assertEquals(3, metadata.image().topics().topic("a").partitions().size());
        assertEquals(3, metadata.image().topics().topic("b").partitions().size());
    }

    @Test
    void anotherMemberMayBeFaster() {
        create("a");
        assertNull(create("a"));
    }

    @Test
    void aTopicThatCannotBeCreatedIsLeftAloneForAWhile() {
        controller.refused.add("a");
        String told = create("a", "b");
        assertTrue(told.startsWith("a (") && !told.contains("b"), told);
        assertEquals(1, controller.asked.size());
        assertEquals(told, create("a"));
        assertEquals(1, controller.asked.size(), "it is not tried again at once");
        controller.refused.clear();
        time.advance(BACK_OFF_MS);
        assertNull(create("a"));
        assertEquals(
                1,
                ((CreateTopicsRequestData) controller.asked.getLast()).topics().size());
    }

    @Test
    void aControllerThatFailsIsTold() {
        controller.failure = new TimeoutException("too late");
        assertEquals("a (too late), b (too late)", create("a", "b"));
        controller.failure = null;
        time.advance(BACK_OFF_MS);
        assertNull(create("a", "b"));
    }

    @Test
    void atMostThreeReasonsAreTold() {
        controller.failure = new TimeoutException("too late");
        assertEquals("a (too late), b (too late), c (too late) and 2 more", create("a", "b", "c", "d", "e"));
    }

    @Test
    void notAllFailuresThereHaveEverBeenAreRemembered() {
        controller.failure = new TimeoutException("too late");
        create("first");
        time.advance(1);
        create(IntStream.range(0, 1_000).mapToObj(i -> "topic-" + i).toArray(String[]::new));
        int before = controller.asked.size();
        create("first");
        assertEquals(before + 1, controller.asked.size(), "the oldest is forgotten");
        create("topic-999");
        assertEquals(before + 1, controller.asked.size());
    }
}
