package dev.heddle.handlers;

import dev.heddle.metadata.Controller;
import dev.heddle.requestchannel.Request;
import dev.heddle.security.Access;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.function.Predicate;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.message.CreatePartitionsRequestData;
import org.apache.kafka.common.message.CreatePartitionsResponseData;
import org.apache.kafka.common.message.CreatePartitionsResponseData.CreatePartitionsTopicResult;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.CreatePartitionsRequest;
import org.apache.kafka.common.requests.CreatePartitionsResponse;
import org.apache.kafka.common.resource.ResourceType;

/** CreatePartitions (KIP-195). Any thread may call it; it waits until the partitions are on disk. */
final class CreatePartitionsHandler implements ApiHandler {

    private final Controller controller;

    CreatePartitionsHandler(Controller controller) {
        this.controller = controller;
    }

    @Override
    public ApiKeys apiKey() {
        return ApiKeys.CREATE_PARTITIONS;
    }

    @Override
    public CreatePartitionsResponse handle(Request request, Access access) {
        return answer(request.body(), access);
    }

    CreatePartitionsResponse answer(CreatePartitionsRequest request, Access access) {
        Set<String> names = new HashSet<>();
        Set<String> duplicates = new LinkedHashSet<>();
        request.data().topics().forEach(topic -> {
            if (!names.add(topic.name())) duplicates.add(topic.name());
        });
        names.removeAll(duplicates);
        Predicate<String> alterable = access.allowed(AclOperation.ALTER, ResourceType.TOPIC, names);
        CreatePartitionsRequestData allowed = request.data().duplicate();
        allowed.topics().removeIf(topic -> duplicates.contains(topic.name()) || !alterable.test(topic.name()));
        CreatePartitionsResponseData response =
                allowed.topics().isEmpty() ? new CreatePartitionsResponseData() : controller.createPartitions(allowed);
        var results = new ArrayList<CreatePartitionsTopicResult>();
        duplicates.forEach(name -> results.add(new CreatePartitionsTopicResult()
                .setName(name)
                .setErrorCode(Errors.INVALID_REQUEST.code())
                .setErrorMessage("Duplicate topic name.")));
        names.stream()
                .filter(alterable.negate())
                .forEach(name -> results.add(new CreatePartitionsTopicResult()
                        .setName(name)
                        .setErrorCode(Errors.TOPIC_AUTHORIZATION_FAILED.code())));
        results.addAll(response.results());
        return new CreatePartitionsResponse(response.setResults(results));
    }
}
