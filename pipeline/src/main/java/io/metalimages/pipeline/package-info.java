/**
 * Takes one image from its definition to its artifact: the definition is lowered to a graph, the graph is solved, and the
 * file system that comes of it is exported with the documents that describe it. An artifact that is there already, made
 * from the same, is not made again.
 *
 * <p>Decides nothing about what is shown, and never prints: whoever calls is told through a
 * {@link io.metalimages.pipeline.PipelineListener}. Start reading at {@link io.metalimages.pipeline.ImagePipeline}.
 */
@NullMarked
package io.metalimages.pipeline;

import org.jspecify.annotations.NullMarked;
