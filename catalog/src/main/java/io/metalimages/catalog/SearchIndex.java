package io.metalimages.catalog;

import java.nio.charset.StandardCharsets;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** What the search knows of an image: which packages its newest build has, in what version. */
record SearchIndex(CatalogImage image, BuildDetails newest) {

    /** For the script: its name and its page, and {@code packages}, each with its name and its version. */
    byte[] toJson() {
        ObjectNode root = JsonMapper.shared().createObjectNode();
        root.put("name", image.name().toString());
        root.put("page", image.page().value());
        ArrayNode packages = root.putArray("packages");
        newest.packageRows().forEach(row -> packages.addArray().add(row.name()).add(row.version()));
        return JsonMapper.shared().writeValueAsString(root).getBytes(StandardCharsets.UTF_8);
    }
}
