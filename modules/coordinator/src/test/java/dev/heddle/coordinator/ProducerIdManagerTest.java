package dev.heddle.coordinator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.heddle.common.AnswerException;
import dev.heddle.common.ManualTime;
import dev.heddle.common.Waiter;
import dev.heddle.metadata.ProducerIdsBlock;
import java.util.HashSet;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class ProducerIdManagerTest {

    private final AtomicInteger blocks = new AtomicInteger();

    private ProducerIdsBlock block() {
        return new ProducerIdsBlock(blocks.getAndIncrement() * 1_000L, ProducerIdsBlock.SIZE);
    }

    @Test
    void idsAreTakenFromOneBlockUntilItIsUsedUp() {
        var manager = new ProducerIdManager(this::block);
        for (int i = 0; i < ProducerIdsBlock.SIZE; i++) assertEquals(i, manager.next());
        assertEquals(1, blocks.get());
        assertEquals(1_000, manager.next());
        assertEquals(2, blocks.get());
    }

    @Test
    void noBlockIsAskedForBeforeItIsNeeded() {
        new ProducerIdManager(this::block);
        assertEquals(0, blocks.get());
    }

    @Test
    void concurrentCallersGetDifferentIdsAndWasteNoBlock() {
        var manager = new ProducerIdManager(this::block);
        var waiter = new Waiter(new ManualTime(0));
        var calls = IntStream.range(0, 50)
                .mapToObj(i -> Call.start(
                        waiter,
                        () -> IntStream.range(0, 100)
                                .mapToObj(j -> manager.next())
                                .toList()))
                .toList();
        var ids = new HashSet<Long>();
        calls.forEach(call -> ids.addAll(call.get()));
        assertEquals(5_000, ids.size());
        assertEquals(5, blocks.get());
    }

    @Test
    void aBlockThatIsNotGivenIsAskedForAgain() {
        var manager = new ProducerIdManager(() -> {
            if (blocks.getAndIncrement() == 0) throw new AnswerException(Errors.NOT_CONTROLLER);
            return new ProducerIdsBlock(7, 1_000);
        });
        assertThrows(AnswerException.class, manager::next);
        assertEquals(7, manager.next());
    }
}
