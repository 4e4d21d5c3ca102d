package dev.heddle.app;

import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.Supplier;
import javax.management.Attribute;
import javax.management.AttributeList;
import javax.management.AttributeNotFoundException;
import javax.management.DynamicMBean;
import javax.management.MBeanAttributeInfo;
import javax.management.MBeanInfo;
import javax.management.ReflectionException;

/** A JMX bean of attributes that come and go, and can only be read. Any thread may call it. */
final class AttributeBean implements DynamicMBean {

    private final Map<String, Supplier<?>> attributes = new ConcurrentSkipListMap<>();

    void add(String name, Supplier<?> value) {
        attributes.put(name, value);
    }

    void remove(String name) {
        attributes.remove(name);
    }

    boolean isEmpty() {
        return attributes.isEmpty();
    }

    @Override
    public Object getAttribute(String name) throws AttributeNotFoundException {
        Supplier<?> value = attributes.get(name);
        if (value == null) throw new AttributeNotFoundException("There is no attribute " + name);
        return value.get();
    }

    @Override
    public AttributeList getAttributes(String[] names) {
        var found = new AttributeList();
        for (String name : names) {
            Supplier<?> value = attributes.get(name);
            if (value != null) found.add(new Attribute(name, value.get()));
        }
        return found;
    }

    @Override
    public void setAttribute(Attribute attribute) throws AttributeNotFoundException {
        throw new AttributeNotFoundException("Metrics can only be read");
    }

    @Override
    public AttributeList setAttributes(AttributeList attributes) {
        return new AttributeList();
    }

    @Override
    public Object invoke(String name, Object[] arguments, String[] signature) throws ReflectionException {
        throw new ReflectionException(new NoSuchMethodException(name), "Metrics can only be read");
    }

    @Override
    public MBeanInfo getMBeanInfo() {
        MBeanAttributeInfo[] infos = attributes.keySet().stream()
                .map(name -> new MBeanAttributeInfo(name, Number.class.getName(), name, true, false, false))
                .toArray(MBeanAttributeInfo[]::new);
        return new MBeanInfo(AttributeBean.class.getName(), "metrics", infos, null, null, null);
    }
}
