package io.metalimages.cli.command.cache;

import io.metalimages.pipeline.cache.CacheEntry;
import java.util.LinkedHashMap;
import java.util.Map;

/** An entry of the cache, for programs. */
final class CacheEntryJson {

    private CacheEntryJson() {}

    static Map<String, Object> of(CacheEntry entry) {
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("kind", entry.kind().name());
        members.put("id", entry.id());
        members.put("name", entry.name());
        entry.parent().ifPresent(parent -> members.put("parent", parent));
        members.put("used", entry.used().toString());
        members.put("bytes", entry.bytes());
        entry.useless().ifPresent(reason -> members.put("useless", reason));
        return members;
    }
}
