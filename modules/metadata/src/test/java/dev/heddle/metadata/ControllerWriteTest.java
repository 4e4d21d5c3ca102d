package dev.heddle.metadata;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.heddle.common.AnswerException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class ControllerWriteTest {

    private static Errors refusal(Fixture fixture, String topic) {
        return assertThrows(AnswerException.class, () -> fixture.createTopic(topic, 1))
                .error();
    }

    @Test
    void a_write_is_on_disk_and_committed_when_it_is_answered() {
        Fixture fixture = Fixture.running();
        fixture.createTopic("a", 1);
        assertEquals(fixture.storage.log.endOffset(), fixture.storage.log.committed);
        assertEquals(fixture.storage.log.endOffset() - 1, fixture.image().offset());
        Fixture next = new Fixture(fixture.storage.afterPowerCut(false), Map.of());
        next.controller.start();
        assertEquals(fixture.topic("a"), next.topic("a"));
    }

    @Test
    void listeners_see_each_change_in_order_before_the_cache_and_the_answer() {
        Fixture fixture = Fixture.running();
        List<String> seen = new ArrayList<>();
        fixture.controller.addListener((delta, image) -> {
            delta.changedTopics()
                    .forEach(topic -> seen.add(
                            "+" + topic.name() + topic.changedPartitions().size()));
            delta.deletedTopics().forEach(topic -> seen.add("-" + topic.name()));
            delta.changedConfigs().stream()
                    .filter(resource -> resource.type() == ConfigResource.Type.TOPIC)
                    .forEach(resource -> seen.add("c" + resource.name()));
            seen.add(image.topics().size() + (image == fixture.image() ? " late" : ""));
            if (!delta.changedTopics().isEmpty())
                assertNull(fixture.image().topics().topic("b"));
        });
        fixture.createTopic("a", 2);
        fixture.create(Fixture.with(Fixture.topic("c", 1, 1), "retention.ms", "1"));
        fixture.deleteTopic("a");
        fixture.deleteTopic("c");
        assertEquals(List.of("0 late", "+a2", "1", "+c1", "cc", "2", "-a", "1", "-c", "cc", "0"), seen);
    }

    @Test
    void a_new_listener_is_told_everything_at_once() {
        Fixture fixture = Fixture.running();
        fixture.createTopic("a", 2);
        var told = new AtomicReference<MetadataDelta>();
        fixture.controller.addListener((delta, image) -> {
            told.set(delta);
            assertSame(fixture.image(), image);
        });
        TopicDelta topic = told.get().changedTopics().iterator().next();
        assertEquals("a", topic.name());
        assertNull(topic.before());
        assertEquals(2, topic.changedPartitions().size());
        assertEquals(java.util.Set.of(1), told.get().changedBrokers());
        assertTrue(told.get().featuresChanged());
        assertEquals(fixture.topic("a"), topic.topic());
    }

    @Test
    void a_removed_listener_is_told_nothing() {
        Fixture fixture = Fixture.running();
        var calls = new ArrayList<Long>();
        MetadataListener listener = (delta, image) -> calls.add(image.offset());
        fixture.controller.addListener(listener);
        fixture.controller.removeListener(listener);
        fixture.createTopic("a", 1);
        assertEquals(1, calls.size());
    }

    @Test
    void a_listener_that_fails_disturbs_nobody_and_is_counted() {
        Fixture fixture = Fixture.running();
        var calls = new ArrayList<Long>();
        fixture.controller.addListener((delta, image) -> {
            if (!delta.changedTopics().isEmpty()) throw new IllegalStateException("mine");
        });
        fixture.controller.addListener((delta, image) -> calls.add(image.offset()));
        fixture.createTopic("a", 1);
        assertEquals(List.of(calls.getFirst(), fixture.image().offset()), calls);
        assertEquals(
                1L,
                fixture.metrics
                        .getGauges()
                        .get("kafka.controller:type=KafkaController,name=MetadataErrorCount")
                        .getValue());
    }

    @Test
    void a_write_that_is_not_appended_changes_nothing_and_the_next_may_succeed() {
        Fixture fixture = Fixture.running();
        MetadataImage before = fixture.image();
        fixture.storage.log.refusesAppends = true;
        assertEquals(Errors.KAFKA_STORAGE_ERROR, refusal(fixture, "a"));
        assertSame(before, fixture.image());
        fixture.storage.log.refusesAppends = false;
        fixture.createTopic("b", 1);
        Fixture next = fixture.restarted(Map.of());
        next.controller.start();
        assertEquals(1, next.image().topics().size());
    }

    @Test
    void on_a_full_disk_nothing_is_added_but_what_is_there_can_be_deleted_and_altered() {
        Fixture fixture = Fixture.running();
        fixture.createTopic("a", 1);
        fixture.createTopic("b", 1);
        fixture.storage.log.full = true;
        MetadataImage before = fixture.image();
        assertEquals(Errors.KAFKA_STORAGE_ERROR, refusal(fixture, "c"));
        assertSame(before, fixture.image());
        fixture.deleteTopic("a");
        fixture.storage.log.full = false;
        fixture.createTopic("c", 1);
        assertEquals(2, fixture.image().topics().size());
    }

    @Test
    void a_write_that_is_not_flushed_is_taken_back() {
        Fixture fixture = Fixture.running();
        long end = fixture.storage.log.endOffset();
        fixture.storage.log.refusesFlushes = true;
        assertThrows(AnswerException.class, () -> fixture.createTopic("a", 1));
        assertEquals(end, fixture.storage.log.endOffset());
        assertNull(fixture.image().topics().topic("a"));
    }

    @Test
    void a_write_that_cannot_be_taken_back_ends_all_writing() {
        Fixture fixture = Fixture.running();
        fixture.storage.log.refusesFlushes = true;
        fixture.storage.log.refusesTruncation = true;
        assertEquals(Errors.KAFKA_STORAGE_ERROR, refusal(fixture, "a"));
        fixture.storage.log.refusesFlushes = false;
        fixture.storage.log.refusesTruncation = false;
        long end = fixture.storage.log.endOffset();
        assertEquals(Errors.KAFKA_STORAGE_ERROR, refusal(fixture, "b"));
        assertEquals(end, fixture.storage.log.endOffset());
        assertEquals(0, fixture.image().topics().size());
        // The next start finds the write, which nobody was promised, and nobody was denied for good.
        Fixture next = fixture.restarted(Map.of());
        next.controller.start();
        assertEquals(1, next.image().topics().size());
    }

    @Test
    void a_closed_controller_refuses_writes_and_leaves_nothing_behind() {
        Fixture fixture = Fixture.running();
        assertFalse(fixture.metrics.getMetrics().isEmpty());
        fixture.controller.close();
        assertEquals(Errors.NOT_CONTROLLER, refusal(fixture, "a"));
        assertTrue(fixture.storage.log.closed);
        assertTrue(fixture.metrics.getMetrics().isEmpty());
        assertEquals(0, fixture.scheduler.repeatedTasks());
    }

    @Test
    void closing_frees_a_write_that_waits_for_a_hanging_disk() throws InterruptedException {
        Fixture fixture = Fixture.running();
        fixture.storage.log.hangs = true;
        var refusal = new AtomicReference<Errors>();
        Thread writer = dev.heddle.common.Threads.virtual("writer", () -> refusal.set(refusal(fixture, "a")));
        writer.start();
        while (fixture.time.parkedThreads() == 0) Thread.onSpinWait();
        fixture.controller.close();
        writer.join();
        assertEquals(Errors.KAFKA_STORAGE_ERROR, refusal.get());
    }

    @Test
    void what_is_too_large_for_one_batch_goes_into_several() {
        List<java.nio.ByteBuffer> frames = new ArrayList<>();
        for (int i = 0; i < 10; i++) frames.add(java.nio.ByteBuffer.allocate(100));
        List<List<java.nio.ByteBuffer>> batches = MetadataBatches.split(frames, 400);
        assertEquals(10, batches.stream().mapToInt(List::size).sum());
        for (var batch : batches) {
            assertTrue(MetadataBatches.data(0, 1, 0, batch).sizeInBytes() <= 400);
        }
        assertEquals(5, batches.size());
        assertEquals(
                List.of(frames.subList(0, 1), frames.subList(1, 2)), MetadataBatches.split(frames.subList(0, 2), 50));
        assertEquals(List.of(), MetadataBatches.split(List.of(), 50));
    }

    @Test
    void each_start_begins_a_new_leader_epoch() {
        Fixture fixture = Fixture.running();
        assertEquals(1, fixture.image().epoch());
        fixture.controller.close();
        Fixture second = fixture.restarted(Map.of());
        second.controller.start();
        assertEquals(2, second.image().epoch());
        second.storage.files.remove(QuorumStateFile.NAME);
        Fixture third = second.restarted(Map.of());
        third.controller.start();
        assertEquals(3, third.image().epoch());
        assertEquals(new QuorumStateFile.State(3, List.of(1)), new QuorumStateFile(third.storage).read());
    }
}
