package dev.heddle.requestchannel;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ConnectionInfoTest {

    private final ConnectionInfo info = new TestPlane(request -> {}).info();
    private final List<String> told = new ArrayList<>();

    @Test
    void tellsEverybodyOnceThatItHasClosed() {
        info.whenClosed(() -> told.add("first"));
        info.whenClosed(() -> told.add("second"));
        assertEquals(List.of(), told);
        info.closed();
        info.closed();
        assertEquals(List.of("first", "second"), told);
    }

    @Test
    void tellsAtOnceWhoAsksTooLate() {
        info.closed();
        info.whenClosed(() -> told.add("late"));
        assertEquals(List.of("late"), told);
    }
}
