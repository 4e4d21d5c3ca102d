package dev.heddle.app;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Turns SIGTERM and SIGINT into a call, so that the process can end with the exit code it wants; a shutdown hook cannot
 * choose one. Used by the main thread; the call comes on a thread of the JVM's.
 *
 * <p>{@code sun.misc.Signal} has no successor. It is reached by reflection because the compiler warns of its use and
 * cannot be told not to. Where it is missing, the signal ends the process on the spot, which the log survives.
 */
final class Signals {

    private static final Logger LOG = LoggerFactory.getLogger(Signals.class);

    private Signals() {}

    /** Calls {@code onStop} at each signal that asks the process to end. */
    static void onStop(Runnable onStop) {
        for (String name : List.of("TERM", "INT")) {
            try {
                handle(name, onStop);
            } catch (ReflectiveOperationException e) {
                LOG.warn("Signal is not handled: signal={}, reason={}", name, e.toString());
            }
        }
    }

    private static void handle(String name, Runnable onStop) throws ReflectiveOperationException {
        Class<?> signalClass = Class.forName("sun.misc.Signal");
        Class<?> handlerClass = Class.forName("sun.misc.SignalHandler");
        InvocationHandler toRunnable = (proxy, method, args) -> switch (method.getName()) {
            case "handle" -> {
                onStop.run();
                yield null;
            }
            case "equals" -> proxy == args[0];
            case "hashCode" -> System.identityHashCode(proxy);
            default -> "SignalHandler of Heddle";
        };
        Object handler =
                Proxy.newProxyInstance(Signals.class.getClassLoader(), new Class<?>[] {handlerClass}, toRunnable);
        Object signal = signalClass.getConstructor(String.class).newInstance(name);
        Method handle = signalClass.getMethod("handle", signalClass, handlerClass);
        try {
            handle.invoke(null, signal, handler);
        } catch (InvocationTargetException e) {
            LOG.debug("Signal is taken by the JVM: signal={}", name, e);
        }
    }
}
