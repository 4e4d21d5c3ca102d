package dev.heddle.app;

import com.codahale.metrics.Counter;
import com.codahale.metrics.Gauge;
import com.codahale.metrics.Histogram;
import com.codahale.metrics.Meter;
import com.codahale.metrics.MetricRegistryListener;
import com.codahale.metrics.Timer;
import java.lang.management.ManagementFactory;
import java.util.Hashtable;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import javax.management.JMException;
import javax.management.ObjectName;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Shows in JMX what Kafka measures with the metrics of its clients' library: those have no bean of their own, but are
 * attributes of one bean for their group and tags. Any thread may call it.
 *
 * <p>For maintainers: the registry's key is {@code kafka.server:type=group-coordinator-metrics,name=group-count,protocol=
 * classic}; without its {@code name} that is the bean, and the name is the attribute. Such groups end in {@code -metrics}.
 */
final class JmxAttributes implements MetricRegistryListener, AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(JmxAttributes.class);

    private static final String GROUP_SUFFIX = "-metrics";
    private static final double NANOS_PER_MS = TimeUnit.MILLISECONDS.toNanos(1);

    private final Map<ObjectName, AttributeBean> beans = new ConcurrentHashMap<>();

    /** Guards that a bean is registered as long as it has attributes. */
    private final ReentrantLock lock = new ReentrantLock();

    /** Where a metric is shown. */
    private record Place(ObjectName bean, String attribute) {}

    /** Whether a metric is one of an attribute, by its key in the registry. */
    static boolean covers(String key) {
        int type = key.indexOf(":type=");
        int end = key.indexOf(',', type);
        return type >= 0 && end >= 0 && key.startsWith(GROUP_SUFFIX, end - GROUP_SUFFIX.length());
    }

    @Override
    public void onGaugeAdded(String key, Gauge<?> gauge) {
        add(key, "", gauge::getValue);
    }

    @Override
    public void onCounterAdded(String key, Counter counter) {
        add(key, "", counter::getCount);
    }

    @Override
    public void onMeterAdded(String key, Meter meter) {
        add(key, "-rate", meter::getOneMinuteRate);
        add(key, "-count", meter::getCount);
    }

    @Override
    public void onHistogramAdded(String key, Histogram histogram) {
        add(key, "-max", () -> (double) histogram.getSnapshot().getMax());
        add(key, "-avg", () -> histogram.getSnapshot().getMean());
    }

    @Override
    public void onTimerAdded(String key, Timer timer) {
        add(key, "-max", () -> timer.getSnapshot().getMax() / NANOS_PER_MS);
        add(key, "-avg", () -> timer.getSnapshot().getMean() / NANOS_PER_MS);
    }

    @Override
    public void onGaugeRemoved(String key) {
        remove(key, "");
    }

    @Override
    public void onCounterRemoved(String key) {
        remove(key, "");
    }

    @Override
    public void onMeterRemoved(String key) {
        remove(key, "-rate", "-count");
    }

    @Override
    public void onHistogramRemoved(String key) {
        remove(key, "-max", "-avg");
    }

    @Override
    public void onTimerRemoved(String key) {
        remove(key, "-max", "-avg");
    }

    private void add(String key, String suffix, Supplier<?> value) {
        if (!covers(key)) return;
        lock.lock();
        try {
            Place place = placeOf(key);
            AttributeBean bean = beans.get(place.bean());
            if (bean == null) {
                bean = new AttributeBean();
                ManagementFactory.getPlatformMBeanServer().registerMBean(bean, place.bean());
                beans.put(place.bean(), bean);
            }
            bean.add(place.attribute() + suffix, value);
        } catch (JMException e) {
            LOG.error("A metric cannot be shown in JMX: name={}", key, e);
        } finally {
            lock.unlock();
        }
    }

    private void remove(String key, String... suffixes) {
        if (!covers(key)) return;
        lock.lock();
        try {
            Place place = placeOf(key);
            AttributeBean bean = beans.get(place.bean());
            if (bean == null) return;
            for (String suffix : suffixes) bean.remove(place.attribute() + suffix);
            if (!bean.isEmpty()) return;
            beans.remove(place.bean());
            ManagementFactory.getPlatformMBeanServer().unregisterMBean(place.bean());
        } catch (JMException e) {
            LOG.error("A metric cannot be taken out of JMX: name={}", key, e);
        } finally {
            lock.unlock();
        }
    }

    private static Place placeOf(String key) throws JMException {
        var full = new ObjectName(key);
        var properties = new Hashtable<>(full.getKeyPropertyList());
        String attribute = properties.remove("name");
        return new Place(new ObjectName(full.getDomain(), properties), attribute);
    }

    /** Takes everything out of JMX. */
    @Override
    public void close() {
        lock.lock();
        try {
            for (ObjectName bean : beans.keySet()) {
                ManagementFactory.getPlatformMBeanServer().unregisterMBean(bean);
            }
        } catch (JMException e) {
            LOG.error("Metrics cannot be taken out of JMX", e);
        } finally {
            beans.clear();
            lock.unlock();
        }
    }
}
