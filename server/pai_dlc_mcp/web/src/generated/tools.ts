// Made by `make docs` from the tools' schemas; not to be edited by hand.

export interface ToolArguments {
  dlc_compare_jobs: {
    job_ids: (string)[];
    region?: string;
  };
  dlc_diagnose_job: {
    job_id: string;
    region?: string;
    view?: "concise" | "full" | "report";
  };
  dlc_get_job: {
    job_id: string;
    need_detail?: boolean;
    region?: string;
    view?: "concise" | "full";
  };
  dlc_get_job_events: {
    end_time?: string;
    job_id: string;
    max_chars?: number;
    max_events_num?: number;
    region?: string;
    start_time?: string;
  };
  dlc_get_job_metrics: {
    end_time?: string;
    job_id: string;
    max_chars?: number;
    metric_type: "GpuCoreUsage" | "GpuMemoryUsage" | "CpuCoreUsage" | "MemoryUsage" | "NetworkInputRate" | "NetworkOutputRate" | "DiskReadRate" | "DiskWriteRate";
    region?: string;
    start_time?: string;
    time_step?: string;
    token?: string;
    view?: "concise" | "full" | "chart";
  };
  dlc_get_pod_logs: {
    containers?: string;
    download_to_file?: boolean;
    end_time?: string;
    job_id: string;
    max_chars?: number;
    max_lines?: number;
    pod_id: string;
    pod_uid?: string;
    region?: string;
    start_time?: string;
  };
  dlc_list_jobs: {
    accessibility?: "PUBLIC" | "PRIVATE";
    business_user_id?: string;
    caller?: string;
    description?: string;
    display_name?: string;
    display_name_search_mode?: string;
    enable_assign_node?: string;
    end_time?: string;
    from_all_workspaces?: boolean;
    image_search?: string;
    job_id?: string;
    job_ids?: string;
    job_type?: "TFJob" | "PyTorchJob" | "MPIJob" | "XGBoostJob" | "OneFlowJob" | "ElasticBatchJob" | "SlurmJob" | "RayJob" | "DataJuicerJob" | "FlinkBatchJob";
    max_chars?: number;
    numeric_range_field?: string;
    numeric_range_max?: number;
    numeric_range_min?: number;
    order?: "desc" | "asc";
    oversold_info?: string;
    page_number?: number;
    page_size?: number;
    payment_type?: "PrePaid" | "Spot" | "PostPaid";
    pipeline_id?: string;
    reason_search?: string;
    region?: string;
    resource_id?: string;
    resource_ids?: string;
    resource_quota_name?: string;
    show_own?: boolean;
    sort_by?: "DisplayName" | "JobType" | "Status" | "GmtCreateTime" | "GmtFinishTime";
    start_time?: string;
    status?: "Creating" | "Queuing" | "Bidding" | "EnvPreparing" | "SanityChecking" | "Running" | "Restarting" | "Stopping" | "SucceededReserving" | "FailedReserving" | "Succeeded" | "Failed" | "Stopped";
    tags?: unknown;
    template_id?: string;
    time_range_field?: string;
    user_command_search?: string;
    user_id_for_filter?: string;
    username?: string;
    view?: "concise" | "full";
    workspace_id?: string;
  };
  dlc_quota_status: {
    quota_id?: string;
    region?: string;
    workspace_id?: string;
  };
  dlc_search_logs: {
    case_sensitive?: boolean;
    context?: number;
    count_only?: boolean;
    end_time?: string;
    fold?: boolean;
    from_end?: boolean;
    job_id: string;
    pod_id?: string;
    region?: string;
    skip?: number;
    skip_pods?: number;
    start_time?: string;
    text: string;
  };
  dlc_survey_jobs: {
    display_name?: string;
    max_jobs?: number;
    only_mine?: boolean;
    order_by?: "created" | "ended";
    region?: string;
    resource_id?: string;
    since?: string;
    status?: "active" | "finished" | "failed";
    workspace_id?: string;
  };
}

export type ToolName = keyof ToolArguments;
