package dev.heddle.log;

import java.io.IOException;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import org.jspecify.annotations.Nullable;

/**
 * Maps a region of a file for the time of one question. Any thread may call it.
 *
 * <p>For maintainers: only the foreign memory API gives a mapping back at once ({@code FileChannel.map} with an {@code
 * Arena}; any other one stays until the collector finds it, and holds the space of a deleted file until then). It is final
 * in Java 22, and this code is compiled for 21: so it is looked up, and where it is missing nothing can be told.
 */
final class MappedRegion {

    private static final int FIRST_JAVA = 22;

    private static final @Nullable Calls CALLS = Runtime.version().feature() < FIRST_JAVA ? null : Calls.lookUp();

    private MappedRegion() {}

    /** Whether all of it is in memory; false where that cannot be told, also of a file that cannot be mapped. */
    static boolean isLoaded(FileChannel file, long position, long sizeInBytes) throws IOException {
        if (CALLS == null) return false;
        try {
            return CALLS.isLoaded(file, position, sizeInBytes);
        } catch (UnsupportedOperationException e) {
            return false;
        }
    }

    /**
     * The methods that are needed, with {@code Object} for the types that Java 21 does not have.
     *
     * @param open {@code Arena.ofConfined()}
     * @param map {@code FileChannel.map(MapMode, long, long, Arena)}
     * @param loaded {@code MemorySegment.isLoaded()}
     */
    private record Calls(MethodHandle open, MethodHandle map, MethodHandle loaded) {

        static Calls lookUp() {
            try {
                Class<?> arena = Class.forName("java.lang.foreign.Arena");
                Class<?> segment = Class.forName("java.lang.foreign.MemorySegment");
                var lookup = MethodHandles.publicLookup();
                var mapType = MethodType.methodType(segment, MapMode.class, long.class, long.class, arena);
                MethodHandle open = lookup.findStatic(arena, "ofConfined", MethodType.methodType(arena));
                MethodHandle map = lookup.findVirtual(FileChannel.class, "map", mapType);
                MethodHandle loaded = lookup.findVirtual(segment, "isLoaded", MethodType.methodType(boolean.class));
                return new Calls(
                        open.asType(MethodType.methodType(AutoCloseable.class)),
                        map.asType(
                                map.type().changeReturnType(Object.class).changeParameterType(4, AutoCloseable.class)),
                        loaded.asType(MethodType.methodType(boolean.class, Object.class)));
            } catch (ReflectiveOperationException e) {
                throw new IllegalStateException("Java " + Runtime.version() + " lacks a method it should have", e);
            }
        }

        boolean isLoaded(FileChannel file, long position, long sizeInBytes) throws IOException {
            try (AutoCloseable arena = (AutoCloseable) open.invokeExact()) {
                Object region = (Object) map.invokeExact(file, MapMode.READ_ONLY, position, sizeInBytes, arena);
                return (boolean) loaded.invokeExact(region);
            } catch (IOException | RuntimeException | Error e) {
                throw e;
            } catch (Throwable e) {
                throw new IOException(e);
            }
        }
    }
}
