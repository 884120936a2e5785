package io.metalimages.catalog;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** What the search knows of packages: which of the newest builds has which of them, in what version. */
record SearchIndex(List<CatalogImage> images) {

    /**
     * For the script: {@code images}, each with its name and its page; and {@code packages}, each a name with the number of
     * an image and a version for each image that has it.
     */
    byte[] toJson() {
        ObjectNode root = JsonMapper.shared().createObjectNode();
        ArrayNode pages = root.putArray("images");
        SortedMap<String, ArrayNode> packages = new TreeMap<>();
        for (int index = 0; index < images.size(); index++) {
            CatalogImage image = images.get(index);
            int number = index;
            pages.addObject()
                    .put("name", image.name().toString())
                    .put("page", image.page().value());
            image.newest()
                    .packageRows()
                    .forEach(row -> packages.computeIfAbsent(
                                    row.name(), name -> JsonMapper.shared().createArrayNode())
                            .add(number)
                            .add(row.version()));
        }
        ArrayNode array = root.putArray("packages");
        packages.forEach((name, versions) -> array.addArray().add(name).addAll(versions));
        return JsonMapper.shared().writeValueAsString(root).getBytes(StandardCharsets.UTF_8);
    }
}
