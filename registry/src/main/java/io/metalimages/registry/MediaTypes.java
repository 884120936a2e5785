package io.metalimages.registry;

import io.metalimages.http.Response;
import java.util.List;

/** The types of content that the OCI image specification 1.1 and, before it, Docker gave names to. */
public final class MediaTypes {

    static final String IMAGE_MANIFEST = "application/vnd.oci.image.manifest.v1+json";
    static final String IMAGE_INDEX = "application/vnd.oci.image.index.v1+json";
    public static final String IMAGE_CONFIGURATION = "application/vnd.oci.image.config.v1+json";
    public static final String GZIP_LAYER = "application/vnd.oci.image.layer.v1.tar+gzip";

    /** Of a configuration that says nothing, where there has to be one. */
    static final String EMPTY = "application/vnd.oci.empty.v1+json";

    private static final String DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json";
    private static final String DOCKER_INDEX = "application/vnd.docker.distribution.manifest.list.v2+json";
    private static final String DOCKER_IMAGE_CONFIGURATION = "application/vnd.docker.container.image.v1+json";

    static final String ANY_BYTES = "application/octet-stream";

    /** What can be tagged. */
    static final List<String> MANIFESTS = List.of(IMAGE_MANIFEST, IMAGE_INDEX, DOCKER_MANIFEST, DOCKER_INDEX);

    /** Of what lists images, one a platform. */
    static boolean isIndex(String type) {
        return type.equals(IMAGE_INDEX) || type.equals(DOCKER_INDEX);
    }

    /** Of the configuration of an image that can be unpacked, unlike that of a chart, a policy or a virtual machine. */
    public static boolean isImageConfiguration(String type) {
        return type.equals(IMAGE_CONFIGURATION) || type.equals(DOCKER_IMAGE_CONFIGURATION);
    }

    /** The type of a response's body, without parameters; empty if it is not said. */
    static String of(Response<?> response) {
        return response.header("Content-Type").map(MediaTypes::bare).orElse("");
    }

    private MediaTypes() {}

    /** A type without its parameters. */
    static String bare(String contentType) {
        int semicolon = contentType.indexOf(';');
        return (semicolon < 0 ? contentType : contentType.substring(0, semicolon)).strip();
    }
}
