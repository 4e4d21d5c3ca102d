package dev.heddle.architecture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.module.ModuleDescriptor;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * What each module requires and exports is written down in {@code expected-modules.txt}, so that a wall does not move
 * unnoticed. After a change that is meant: {@code ./build -pl architecture-tests -am test -Dtest.jvm.args=-Dexpected.write=true}.
 */
class DescriptorsTest {

    /** What a module exports beside its own package; a comment in its module-info defends it. */
    private static final Map<String, Set<String>> SECOND_PACKAGES =
            Map.of("coordinator", Set.of("dev.heddle.coordinator.delivery"));

    private static final Path EXPECTED = Path.of("src/test/resources/expected-modules.txt");
    private static final Path ROOT = Path.of("..");

    @Test
    void whatModulesRequireAndExportIsAsWrittenDown() throws IOException {
        String actual = DescriptorText.of(Production.modules());
        if (Boolean.getBoolean("expected.write")) Files.writeString(EXPECTED, actual);
        assertEquals(Files.readString(EXPECTED), actual);
    }

    @Test
    void aNewExportOrRequirementShowsInTheText() {
        var module =
                ModuleDescriptor.newModule("dev.heddle.x").requires("java.base").requires("a");
        String before = DescriptorText.of(Map.of("x", module.build()));
        String after = DescriptorText.of(Map.of(
                "x",
                module.exports("dev.heddle.x")
                        .requires(Set.of(ModuleDescriptor.Requires.Modifier.TRANSITIVE), "b")
                        .opens("dev.heddle.x.open", Set.of("c"))
                        .build()));
        assertEquals("module dev.heddle.x\n  requires a\n  requires java.base\n", before);
        assertEquals(
                "module dev.heddle.x\n  requires a\n  requires b (transitive)\n  requires java.base\n"
                        + "  exports dev.heddle.x\n  opens dev.heddle.x.open to c\n",
                after);
    }

    @Test
    void everyDirectoryIsAModuleOfTheTableAndEveryModuleADirectory() throws IOException {
        var directories = new TreeSet<String>(Set.of("app"));
        try (Stream<Path> listed = Files.list(ROOT.resolve("modules"))) {
            listed.filter(directory -> Files.exists(directory.resolve("pom.xml")))
                    .map(directory -> directory.getFileName().toString())
                    .forEach(directories::add);
        }
        assertEquals(directories, Production.modules().keySet());
        assertEquals(directories, new TreeSet<>(ModuleEdges.ALLOWED.keySet()));
    }

    @Test
    void aModuleExportsItsOnePackage() {
        Production.modules().forEach((name, module) -> {
            if (name.equals("schemas")) return; // Apache's packages, see its module-info
            var expected = new TreeSet<>(SECOND_PACKAGES.getOrDefault(name, Set.of()));
            expected.add(module.name());
            assertEquals(
                    expected,
                    module.exports().stream()
                            .map(ModuleDescriptor.Exports::source)
                            .collect(Collectors.toCollection(TreeSet::new)),
                    name);
            assertFalse(module.isOpen(), name);
            assertTrue(module.opens().isEmpty(), name);
        });
    }

    @Test
    void requirementsAreAllowedEdges() {
        Production.modules()
                .forEach((name, module) -> module.requires().stream()
                        .map(ModuleDescriptor.Requires::name)
                        .filter(required -> required.startsWith(Production.ROOT + "."))
                        .map(required -> required.substring(Production.ROOT.length() + 1))
                        .forEach(required ->
                                assertTrue(ModuleEdges.mayUse(name, required), name + " may not require " + required)));
        assertFalse(ModuleEdges.mayUse("log", "metadata"));
        assertFalse(ModuleEdges.mayUse("handlers", "network"));
    }

    @Test
    void everyModuleHasAPageThatNamesWhatItExports() throws IOException {
        var missing = new TreeMap<String, String>();
        Production.modules().forEach((name, module) -> missing.putAll(missingOnPage(module, page(name))));
        assertEquals(Map.of(), missing);
    }

    @Test
    void aPageThatIsMissingOrForgetsAnExportIsFound() {
        var module = ModuleDescriptor.newModule("dev.heddle.x")
                .exports("dev.heddle.x")
                .exports("dev.heddle.x.spi")
                .build();
        assertEquals(Map.of("dev.heddle.x", "has no page"), missingOnPage(module, ""));
        assertEquals(
                Map.of("dev.heddle.x.spi", "is not on the page of dev.heddle.x"),
                missingOnPage(module, "exports `dev.heddle.x` only"));
        assertEquals(Map.of(), missingOnPage(module, "exports `dev.heddle.x` and `dev.heddle.x.spi`"));
    }

    private static Map<String, String> missingOnPage(ModuleDescriptor module, String page) {
        var missing = new TreeMap<String, String>();
        if (page.isBlank()) missing.put(module.name(), "has no page");
        for (var exports : module.exports()) {
            if (!page.isBlank() && !page.contains("`" + exports.source() + "`")) {
                missing.put(exports.source(), "is not on the page of " + module.name());
            }
        }
        return missing;
    }

    private static String page(String module) {
        Path page = ROOT.resolve("docs/modules").resolve(module + ".md");
        try {
            return Files.exists(page) ? Files.readString(page) : "";
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
