package dev.heddle.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class OffsetMapTest {

    private static ByteBuffer key(String text) {
        return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void theLastOffsetOfAKeyIsFound() {
        OffsetMap map = OffsetMap.of(1 << 20, 0.9, 10);
        assertTrue(map.put(key("a"), 0));
        assertTrue(map.put(key("b"), 1));
        assertTrue(map.put(key("a"), 2));
        assertEquals(2, map.get(key("a")));
        assertEquals(1, map.get(key("b")));
        assertEquals(OffsetMap.NONE, map.get(key("c")));
        assertEquals(2, map.size());
    }

    @Test
    void anEmptyKeyIsAKey() {
        OffsetMap map = OffsetMap.of(1 << 20, 0.9, 1);
        assertEquals(OffsetMap.NONE, map.get(key("")));
        map.put(key(""), 7);
        assertEquals(7, map.get(key("")));
    }

    @Test
    void theKeysBufferIsLeftAsItIs() {
        OffsetMap map = OffsetMap.of(1 << 20, 0.9, 1);
        ByteBuffer key = key("xkey").position(1);
        map.put(key, 5);
        assertEquals(1, key.position());
        assertEquals(5, map.get(key("key")));
    }

    @Test
    void aFullMapTakesNoNewKeyButKnownOnes() {
        OffsetMap map = OffsetMap.of(10 * OffsetMap.BYTES_PER_ENTRY, 0.5, 1000);
        for (int i = 0; i < 5; i++) assertTrue(map.put(key("k" + i), i));
        assertFalse(map.put(key("k5"), 5));
        assertTrue(map.put(key("k0"), 6));
        assertEquals(6, map.get(key("k0")));
        assertEquals(OffsetMap.NONE, map.get(key("k5")));
        assertEquals(0.5, map.utilization());
    }

    @Test
    void itIsNoLargerThanItsKeysNeedAndHoldsThemAll() {
        OffsetMap map = OffsetMap.of(1L << 40, 0.9, 1000);
        for (int i = 0; i < 1000; i++) assertTrue(map.put(key("k" + i), i));
        assertTrue(map.utilization() < 0.001, "the utilization is that of all the memory it might have had");
    }

    @Test
    void itMustHaveRoomForOneKey() {
        assertThrows(IllegalArgumentException.class, () -> OffsetMap.of(OffsetMap.BYTES_PER_ENTRY, 0.9, 5));
    }

    @Test
    void itIsAMapWhateverItsLoad() {
        var random = new Random(42);
        for (double loadFactor : new double[] {0.3, 0.9, 1.0}) {
            OffsetMap map = OffsetMap.of(5000 * OffsetMap.BYTES_PER_ENTRY, loadFactor, 1_000_000);
            Map<String, Long> model = new HashMap<>();
            for (long offset = 0; offset < 20_000; offset++) {
                String key = "key-" + random.nextInt(8000);
                if (map.put(key(key), offset)) model.put(key, offset);
                else assertFalse(model.containsKey(key));
            }
            assertEquals(model.size(), map.size());
            for (int i = 0; i < 8000; i++) {
                assertEquals(model.getOrDefault("key-" + i, OffsetMap.NONE), map.get(key("key-" + i)));
            }
        }
    }
}
