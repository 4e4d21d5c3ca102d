package dev.heddle.replication;

import dev.heddle.log.FileSystemCalls;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** The real files, of which those below one directory can be made to fail. Any thread may call it. */
final class BreakableFiles {

    /** Publishes below which directory every call fails; null for none. */
    private final AtomicReference<@Nullable Path> broken = new AtomicReference<>();

    /** The calls to give to a broker's parts. */
    FileSystemCalls calls() {
        return (FileSystemCalls)
                Proxy.newProxyInstance(getClass().getClassLoader(), new Class<?>[] {FileSystemCalls.class}, this::call);
    }

    /** From now on every call on something below {@code directory} fails. */
    void breakBelow(Path directory) {
        broken.set(directory);
    }

    private Object call(Object proxy, Method method, Object... arguments) throws Throwable {
        Path where = broken.get();
        for (Object argument : arguments) {
            if (where != null && argument instanceof Path path && path.startsWith(where))
                throw new IOException("Input/output error");
        }
        try {
            return method.invoke(FileSystemCalls.REAL, arguments);
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
    }
}
