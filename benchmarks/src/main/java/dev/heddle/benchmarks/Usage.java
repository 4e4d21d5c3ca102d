package dev.heddle.benchmarks;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.util.Map;

/** What a broker and this driver use of the machine, from one moment on. The thread that runs the benchmark uses it. */
final class Usage {

    private static final OperatingSystemMXBean OWN =
            (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

    private final BrokerProcess process;
    private final long fromNanos;
    private final long brokerNanos;
    private final long driverNanos;

    private Usage(BrokerProcess process, long fromNanos, long brokerNanos, long driverNanos) {
        this.process = process;
        this.fromNanos = fromNanos;
        this.brokerNanos = brokerNanos;
        this.driverNanos = driverNanos;
    }

    static Usage from(Broker broker) {
        BrokerProcess process = broker.process();
        return new Usage(process, System.nanoTime(), process.cpuTime().toNanos(), OWN.getProcessCpuTime());
    }

    /** Until now. */
    Used until() {
        double seconds = (System.nanoTime() - fromNanos) / 1e9;
        double broker = (process.cpuTime().toNanos() - brokerNanos) / 1e9;
        return new Used(seconds, broker, (OWN.getProcessCpuTime() - driverNanos) / 1e9);
    }

    /** @param seconds of time; the others of CPU time */
    record Used(double seconds, double brokerCpuSeconds, double driverCpuSeconds) {

        /** The broker's CPU time for each of so many. */
        double brokerMicrosPer(double count) {
            return brokerCpuSeconds * 1e6 / count;
        }

        double brokerMillisPer(double count) {
            return brokerCpuSeconds * 1e3 / count;
        }

        void addTo(Map<Metric, Double> found) {
            found.put(Metric.BROKER_CORES, brokerCpuSeconds / seconds);
            found.put(Metric.DRIVER_CORES, driverCpuSeconds / seconds);
        }
    }
}
