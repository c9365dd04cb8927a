using System.Net.Mime;
using CloudNative.CloudEvents;
using CloudNative.CloudEvents.SystemTextJson;
using Sevensa.Dashboard.Features.Receivers.Events;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Receivers.Sending;

/// <summary>An event as it goes out: CloudEvents 1.0, JSON, structured (https://github.com/cloudevents/spec).</summary>
internal sealed class EventMessage(PublicAddress address)
{
    /// <summary>What stands before a kind in an event's type.</summary>
    public const string TypePrefix = "sevensa.";

    private static readonly CloudEventAttribute tenant = CloudEventAttribute.CreateExtension(
        "tenant",
        CloudEventAttributeType.String
    );

    private static readonly JsonEventFormatter formatter = new();

    public (byte[] Body, string ContentType) Of(OutwardEvent told)
    {
        var message = new CloudEvent(CloudEventsSpecVersion.V1_0, [tenant])
        {
            Id = told.Id,
            Type = TypePrefix + told.Kind,
            Source = new Uri(address.Base),
            Subject = told.Subject is { Length: > 0 } subject ? subject : null,
            Time = told.At.ToUniversalTime(),
            DataContentType = MediaTypeNames.Application.Json,
            Data = told.Data,
        };
        if (told.Tenant is { Length: > 0 } whose)
        {
            message[tenant] = whose;
        }
        var body = formatter.EncodeStructuredModeMessage(message, out var type);
        return (body.ToArray(), type.ToString());
    }
}
