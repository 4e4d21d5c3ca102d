package dev.heddle.coordinator;

import dev.heddle.metadata.Controller;
import dev.heddle.metadata.ProducerIdsBlock;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Gives out producer ids, each once in the life of the cluster, out of blocks that the controller gives to this broker.
 * Any thread may call it; every thousandth caller waits for the controller, and those who come meanwhile wait with it.
 */
public final class ProducerIdManager {

    /** A block that is being used up. */
    private static final class Claims {
        private final ProducerIdsBlock block;
        private final AtomicLong next;

        Claims(ProducerIdsBlock block) {
            this.block = block;
            this.next = new AtomicLong(block.first());
        }

        /** The next id; -1 when the block is used up. */
        long claim() {
            if (next.get() >= block.next()) return -1;
            long id = next.getAndIncrement();
            return id < block.next() ? id : -1;
        }
    }

    private final Supplier<ProducerIdsBlock> blocks;

    /** Held while a new block is fetched. */
    private final ReentrantLock fetchLock = new ReentrantLock();

    /** Publishes the block that ids are taken from; null before the first. */
    private volatile @Nullable Claims claims;

    /** @param brokerId the broker that the blocks are given to */
    public ProducerIdManager(int brokerId, Controller controller) {
        this(() -> controller.allocateProducerIds(brokerId));
    }

    ProducerIdManager(Supplier<ProducerIdsBlock> blocks) {
        this.blocks = blocks;
    }

    /**
     * A producer id that nobody else has.
     *
     * @throws dev.heddle.common.HeddleException if the controller gives no further block
     */
    public long next() {
        while (true) {
            Claims current = claims;
            long id = current == null ? -1 : current.claim();
            if (id >= 0) return id;
            fetchAfter(current);
        }
    }

    private void fetchAfter(@Nullable Claims usedUp) {
        fetchLock.lock();
        try {
            if (claims == usedUp) claims = new Claims(blocks.get());
        } finally {
            fetchLock.unlock();
        }
    }
}
