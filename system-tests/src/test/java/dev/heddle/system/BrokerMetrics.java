package dev.heddle.system;

import com.sun.tools.attach.AttachNotSupportedException;
import com.sun.tools.attach.VirtualMachine;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Set;
import java.util.stream.Collectors;
import javax.management.JMException;
import javax.management.MBeanServerConnection;
import javax.management.ObjectName;
import javax.management.remote.JMXConnector;
import javax.management.remote.JMXConnectorFactory;
import javax.management.remote.JMXServiceURL;

/** A running broker's metrics, read over JMX as an operator's dashboard reads them. */
final class BrokerMetrics implements AutoCloseable {

    private final JMXConnector connector;
    private final MBeanServerConnection beans;

    BrokerMetrics(BrokerProcess broker) {
        try {
            VirtualMachine machine = VirtualMachine.attach(String.valueOf(broker.pid()));
            String address = machine.startLocalManagementAgent();
            machine.detach();
            connector = JMXConnectorFactory.connect(new JMXServiceURL(address));
            beans = connector.getMBeanServerConnection();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (AttachNotSupportedException e) {
            throw new AssertionError(e);
        }
    }

    /** A gauge's value or a meter's count. */
    long value(String name) {
        try {
            var bean = new ObjectName(name);
            boolean gauge = java.util.Arrays.stream(beans.getMBeanInfo(bean).getAttributes())
                    .anyMatch(attribute -> attribute.getName().equals("Value"));
            return ((Number) beans.getAttribute(bean, gauge ? "Value" : "Count")).longValue();
        } catch (JMException e) {
            throw new AssertionError("no metric " + name + ", but " + names(), e);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** How many files and sockets the process has open. */
    long openFiles() {
        try {
            var system = new ObjectName("java.lang:type=OperatingSystem");
            return (Long) beans.getAttribute(system, "OpenFileDescriptorCount");
        } catch (JMException e) {
            throw new AssertionError(e);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The names of all of Kafka's metrics. */
    Set<String> names() {
        try {
            return beans.queryNames(new ObjectName("kafka.*:*"), null).stream()
                    .map(ObjectName::toString)
                    .collect(Collectors.toSet());
        } catch (JMException e) {
            throw new AssertionError(e);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        try {
            connector.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
