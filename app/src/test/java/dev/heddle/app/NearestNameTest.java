package dev.heddle.app;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class NearestNameTest {

    private static final List<String> NAMES = List.of("num.io.threads", "num.network.threads", "log.dirs", "listeners");

    @Test
    void aSlipOfTheFingerIsFound() {
        assertEquals(Optional.of("num.io.threads"), NearestName.of("num.io.thread", NAMES));
        assertEquals(Optional.of("num.network.threads"), NearestName.of("num.netwrok.threads", NAMES));
        assertEquals(Optional.of("listeners"), NearestName.of("listener", NAMES));
    }

    @Test
    void theClosestOfSeveralIsTaken() {
        assertEquals(Optional.of("log.dirs"), NearestName.of("log.dir", List.of("log.dirsets", "log.dirs")));
    }

    @Test
    void whatIsFarFromEveryNameHasNoNearest() {
        assertEquals(Optional.empty(), NearestName.of("my.own.plugin.setting", NAMES));
        assertEquals(Optional.empty(), NearestName.of("x", NAMES));
    }

    @Test
    void theDistanceCountsInsertionsDeletionsAndSubstitutions() {
        assertEquals(0, NearestName.distance("abc", "abc"));
        assertEquals(3, NearestName.distance("", "abc"));
        assertEquals(3, NearestName.distance("kitten", "sitting"));
        assertEquals(2, NearestName.distance("ab", "ba"));
    }
}
