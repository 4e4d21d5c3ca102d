package dev.heddle.architecture;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.Location;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.module.ModuleDescriptor;
import java.lang.module.ModuleFinder;
import java.lang.module.ModuleReference;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.jar.JarFile;
import java.util.stream.Stream;

/** Heddle as it is on the class path of these tests: its modules, and the classes that were written for them. */
final class Production {

    static final String ROOT = "dev.heddle";

    /** The classes of the module {@code schemas} are Apache's. */
    private static final String NOT_OURS = "dev.heddle.schemas";

    private static final List<Path> LOCATIONS = Arrays.stream(
                    System.getProperty("java.class.path").split(File.pathSeparator))
            .map(Path::of)
            .filter(entry -> isHeddle(entry))
            .toList();

    private static final JavaClasses CLASSES = new ClassFileImporter()
            .importLocations(LOCATIONS.stream()
                    .filter(entry -> !nameOf(entry).equals(NOT_OURS))
                    .map(Production::location)
                    .toList());

    private Production() {}

    static JavaClasses classes() {
        return CLASSES;
    }

    /** The descriptors of all modules, by the short name: {@code log} for {@code dev.heddle.log}. */
    static Map<String, ModuleDescriptor> modules() {
        var modules = new TreeMap<String, ModuleDescriptor>();
        for (Path location : LOCATIONS) {
            ModuleDescriptor module = descriptor(location);
            modules.put(module.name().substring(ROOT.length() + 1), module);
        }
        return modules;
    }

    /** The names of all class files of our modules, counted without the importer's help. */
    static List<String> classFiles() {
        return LOCATIONS.stream()
                .filter(entry -> !nameOf(entry).equals(NOT_OURS))
                .flatMap(Production::contents)
                .filter(file -> file.endsWith(".class") && !file.endsWith("module-info.class"))
                .toList();
    }

    private static Stream<String> contents(Path location) {
        ModuleReference module = ModuleFinder.of(location).findAll().iterator().next();
        try (var reader = module.open()) {
            return reader.list().toList().stream();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Classes lie in directories when tests run alone, and in jars when the build goes on to its end. */
    private static Location location(Path entry) {
        try {
            return Files.isDirectory(entry) ? Location.of(entry) : Location.of(new JarFile(entry.toFile()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static boolean isHeddle(Path entry) {
        return entry.toFile().exists()
                && ModuleFinder.of(entry).findAll().stream()
                        .anyMatch(module -> module.descriptor().name().startsWith(ROOT + "."));
    }

    private static String nameOf(Path location) {
        return descriptor(location).name();
    }

    private static ModuleDescriptor descriptor(Path location) {
        return ModuleFinder.of(location).findAll().iterator().next().descriptor();
    }
}
