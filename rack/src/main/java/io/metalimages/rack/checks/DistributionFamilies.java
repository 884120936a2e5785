package io.metalimages.rack.checks;

import io.metalimages.common.FaultException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Where the families of distributions differ, as {@code families.json} in a directory such as {@code os/tests} tells it. */
final class DistributionFamilies {

    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final String FILE = "families.json";

    private final Path file;

    DistributionFamilies(Path tests) {
        this.file = tests.resolve(FILE);
    }

    /**
     * Adds what is true of the family that the variables' system is of, as {@code family}. Variables that tell of no system stay
     * as they are.
     *
     * @param variables as {@code os/tests/machine.yaml} describes them
     * @throws FaultException of the category {@code WRONG_INPUT} if no family has it, or the file is wrong
     */
    Map<String, Object> addTo(Map<String, Object> variables) throws IOException {
        if (!(variables.get("os") instanceof Map<?, ?> system)) {
            return variables;
        }
        Map<String, Object> all = new HashMap<>(variables);
        all.put("family", find(String.valueOf(system.get("id"))));
        return all;
    }

    private Map<String, Object> find(String system) throws IOException {
        JsonNode families;
        try {
            families = JSON.readTree(Files.readAllBytes(file));
        } catch (NoSuchFileException | JacksonException e) {
            throw FaultException.wrongInput(file + " can't be read: " + e.getMessage() + ".", "Correct it.");
        }
        return families.valueStream()
                .filter(family -> family.path("systems")
                        .valueStream()
                        .anyMatch(name -> name.asString().equals(system)))
                .findFirst()
                .map(family -> JSON.convertValue(family, new TypeReference<Map<String, Object>>() {}))
                .orElseThrow(() -> FaultException.wrongInput(
                        "No family of distributions in " + file + " has the system \"" + system + "\".",
                        "Add it to the one that it belongs to."));
    }
}
