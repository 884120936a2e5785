package io.metalimages.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import io.metalimages.cli.output.Result;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The schemas in {@code docs/schemas} are those of what commands print. */
final class DocumentSchemasTest {

    /** With {@code -Dschemas.write} the files are written instead. */
    @Test
    void filesAreThoseOfTheRecords() throws IOException, ReflectiveOperationException {
        Map<String, String> generated = DocumentSchemas.generated();
        if (System.getProperty("schemas.write") != null) {
            for (Map.Entry<String, String> schema : generated.entrySet()) {
                Files.writeString(DocumentSchemas.DIRECTORY.resolve(schema.getKey()), schema.getValue());
            }
        }
        try (Stream<Path> files = Files.list(DocumentSchemas.DIRECTORY)) {
            assertThat(files.map(file -> file.getFileName().toString()))
                    .containsExactlyInAnyOrderElementsOf(generated.keySet());
        }
        for (Map.Entry<String, String> schema : generated.entrySet()) {
            assertThat(DocumentSchemas.DIRECTORY.resolve(schema.getKey())).hasContent(schema.getValue());
        }
    }

    @Test
    void everyResultHasOne() {
        List<String> results = new ClassFileImporter()
                .withImportOption(new ImportOption.DoNotIncludeTests()).importPackages("io.metalimages.cli").stream()
                        .filter(javaClass -> javaClass.isAssignableTo(Result.class) && !javaClass.isInterface())
                        .map(JavaClass::getName)
                        .toList();
        assertThat(results).containsExactlyInAnyOrderElementsOf(DocumentSchemas.results());
    }
}
