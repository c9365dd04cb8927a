namespace Sevensa.Dashboard.Features.Identity.Contracts;

/// <summary>What somebody does in a session that is told of because a lot of it is unlike a person at work.</summary>
public interface IBehaviour
{
    /// <summary>A secret was opened, or much was taken out at once.</summary>
    void NoteRead(Caller caller);
}
