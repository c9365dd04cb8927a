namespace Sevensa.Dashboard.Features.Audit.Contracts;

/// <summary>Told of each refusal as it is handed in, those too that are summed up in the record; must not wait and must not fail.</summary>
public interface IRefusalListener
{
    void Refused(AuditEntry entry);
}
