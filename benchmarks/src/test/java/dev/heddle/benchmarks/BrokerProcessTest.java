package dev.heddle.benchmarks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import org.junit.jupiter.api.Test;

class BrokerProcessTest {

    @Test
    void theLiveHeapIsTheTotalOfTheHistogram() throws IOException {
        assertEquals(12_345_678, BrokerProcess.totalOf("Total        161730       12345678"));
    }

    @Test
    void anAnswerThatIsNoHistogramIsAFailure() {
        assertThrows(IOException.class, () -> BrokerProcess.totalOf("42: AttachNotSupportedException"));
        assertThrows(IOException.class, () -> BrokerProcess.totalOf(null));
    }
}
