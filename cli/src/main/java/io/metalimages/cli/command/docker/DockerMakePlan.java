package io.metalimages.cli.command.docker;

import io.metalimages.build.definition.DockerMakeFile;
import io.metalimages.pipeline.docker.DockerMake;
import java.util.List;

/**
 * What would be done, for the user.
 *
 * @param commands whether the commands before and after the builds are of interest, too
 */
record DockerMakePlan(DockerMakeFile file, DockerMake.Options options, boolean commands) {

    List<DockerMakeResult.Build> builds() {
        return DockerMake.wanted(file, options).stream()
                .map(build -> new DockerMakeResult.Build(
                        build.name(),
                        DockerMake.request(file, build, options).names().stream()
                                .map(Object::toString)
                                .toList(),
                        build.arguments(),
                        commands ? build.before() : List.of(),
                        commands ? build.after() : List.of()))
                .toList();
    }
}
