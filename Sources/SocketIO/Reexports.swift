// Who imports SocketIO sees the options and values of the engine below that its interface speaks of.
@_exported public import EngineIO
